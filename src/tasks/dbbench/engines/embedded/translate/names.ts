import type { Scope } from './scope.ts';
import { SqlError } from './sql-error.ts';
import { quoteName } from './token-reader.ts';

/** Reads the name of a table, its database before it or not, and gives it for SQLite. */
export function translateTableName(scope: Scope): string {
  return quoteName(readTableName(scope));
}

/** Reads the name of a table; throws where it is of another database, or one of SQLite's own. */
export function readTableName(scope: Scope): string {
  const { reader, databaseName } = scope;
  const first = reader.expectName();
  if (!reader.takeMark('.')) return checkTableName(first, databaseName);
  const second = reader.expectAnyName();
  if (first.toLowerCase() === 'information_schema') return `information_schema.${second.toLowerCase()}`;
  checkDatabaseName(first, databaseName);
  return checkTableName(second, databaseName);
}

/** Throws unless this is the sample's own database. */
export function checkDatabaseName(name: string, databaseName: string): void {
  if (name.toLowerCase() !== databaseName.toLowerCase())
    throw new SqlError('unknownDatabase', `Unknown database '${name}'`);
}

function checkTableName(name: string, databaseName: string): string {
  if (/^(sqlite_|information_schema\.|pragma_|dbstat$|fts\d)/i.test(name))
    throw new SqlError('unknownTable', `Table '${databaseName}.${name}' doesn't exist`);
  return name;
}
