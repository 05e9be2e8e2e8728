import type { TableData } from '../engine.ts';
import { sqlFunctions, type SqlFunction } from './functions/index.ts';
import { informationSchema } from './information-schema.ts';
import type { SqliteDatabase, SqliteLibrary } from './sqlite-library.ts';
import { quoteName } from './translate/index.ts';

const largestHeapBytes = 128 * 1024 * 1024;
const largestDatabasePages = 16_384;
/** In UTF-16 units, of which one becomes 3 bytes at most. */
const longestText = 1_000_000;

/** Makes a database in memory with MySQL's functions and these tables. */
export function createSampleDatabase(library: SqliteLibrary, tables: readonly TableData[]): SqliteDatabase {
  const database = new library.Database();
  database.run(
    `PRAGMA hard_heap_limit = ${largestHeapBytes}; PRAGMA max_page_count = ${largestDatabasePages}`,
  );
  for (const [name, body] of Object.entries(sqlFunctions))
    database.create_function(name, prepareFunction(body));
  for (const view of informationSchema) database.run(view);
  for (const table of tables) fillTable(database, table);
  return database;
}

/**
 * The library takes a function's number of arguments from its length; -1 is SQLite's word for any. It hands a text over on
 * SQLite's own stack of 5 MiB, so that a longer one becomes NULL, as it does in MySQL beyond max_allowed_packet.
 */
function prepareFunction(body: SqlFunction): SqlFunction {
  const limited: SqlFunction = (...args) => {
    const result = body(...args);
    return typeof result === 'string' && result.length > longestText ? null : result;
  };
  return Object.defineProperty(limited, 'length', { value: -1, configurable: true });
}

function fillTable(database: SqliteDatabase, table: TableData): void {
  const columns = table.columns.map((column) => `${quoteName(column)} TEXT COLLATE NOCASE`);
  database.run(`CREATE TABLE ${quoteName(table.name)} (${columns.join(', ')})`);
  const places = table.columns.map(() => '?').join(', ');
  for (const row of table.rows) database.run(`INSERT INTO ${quoteName(table.name)} VALUES (${places})`, row);
}
