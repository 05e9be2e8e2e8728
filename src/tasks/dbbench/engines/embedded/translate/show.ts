import { checkDatabaseName, readTableName } from './names.ts';
import type { Scope } from './scope.ts';
import { quoteText } from './token-reader.ts';

/** Translates SHOW; the word itself is behind us. */
export function translateShow(scope: Scope): string {
  const { reader } = scope;
  const full = reader.takeWord('FULL');
  if (reader.takeWord('TABLES')) {
    skipDatabase(scope);
    const kind = full ? ", 'BASE TABLE'" : '';
    return `SELECT table_name${kind} FROM \`information_schema.tables\`${likeOf(scope, 'table_name')} ORDER BY table_name`;
  }
  if (reader.takeAnyWord(['COLUMNS', 'FIELDS']) !== undefined) {
    if (reader.takeAnyWord(['FROM', 'IN']) === undefined) throw reader.syntaxError();
    const table = readTableName(scope);
    skipDatabase(scope);
    return describe(table, likeOf(scope, 'column_name').replace('WHERE', 'AND'));
  }
  if (reader.takeAnyWord(['DATABASES', 'SCHEMAS']) !== undefined)
    return `SELECT column1 FROM (VALUES (${quoteText(scope.databaseName)}), ('information_schema'))`;
  if (reader.takeWord('CREATE', 'TABLE')) {
    const table = quoteText(readTableName(scope));
    return `SELECT name, sql FROM sqlite_schema WHERE name = ${table} COLLATE NOCASE`;
  }
  if (
    reader.takeAnyWord([
      'INDEX',
      'INDEXES',
      'KEYS',
      'WARNINGS',
      'ERRORS',
      'VARIABLES',
      'STATUS',
      'PROCESSLIST',
    ]) === undefined
  )
    throw reader.syntaxError();
  while (!reader.atEnd) reader.next();
  return 'SELECT NULL WHERE FALSE';
}

/** Translates DESCRIBE of a table; the word itself is behind us. */
export function translateDescribe(scope: Scope): string {
  const table = readTableName(scope);
  if (!scope.reader.isName()) return describe(table, '');
  return describe(table, ` AND column_name = ${quoteText(scope.reader.expectName())}`);
}

/** The second part fails, as it must, where the table is not there. */
function describe(table: string, condition: string): string {
  const columns = "column_name, column_type, is_nullable, column_key, column_default, ''";
  return (
    `SELECT ${columns} FROM \`information_schema.columns\` WHERE my_eq(table_name, ${quoteText(table)})${condition} ` +
    `AND NOT EXISTS (SELECT 1 FROM \`${table.replaceAll('`', '``')}\` WHERE FALSE)`
  );
}

function skipDatabase(scope: Scope): void {
  if (scope.reader.takeAnyWord(['FROM', 'IN']) !== undefined)
    checkDatabaseName(scope.reader.expectName(), scope.databaseName);
}

function likeOf(scope: Scope, column: string): string {
  return scope.reader.takeWord('LIKE')
    ? ` WHERE my_like(${column}, ${quoteText(scope.reader.next().value)})`
    : '';
}
