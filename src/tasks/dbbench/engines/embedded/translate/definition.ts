import { readTableName, translateTableName } from './names.ts';
import type { Scope } from './scope.ts';
import { translateList } from './scope.ts';
import { SqlError } from './sql-error.ts';
import { quoteName } from './token-reader.ts';

/** Translates CREATE TABLE, CREATE VIEW and CREATE INDEX; CREATE is behind us. */
export function translateCreate(scope: Scope): string {
  const { reader } = scope;
  const temporary = reader.takeWord('TEMPORARY') ? 'TEMPORARY ' : '';
  if (reader.takeWord('OR', 'REPLACE')) throw SqlError.notSupported('OR REPLACE');
  if (reader.takeWord('VIEW')) {
    const view = translateTableName(scope);
    reader.expectWord('AS');
    return `CREATE VIEW ${view} AS ${scope.query()}`;
  }
  const unique = reader.takeWord('UNIQUE') ? 'UNIQUE ' : '';
  if (reader.takeWord('INDEX')) {
    const index = quoteName(reader.expectName());
    reader.expectWord('ON');
    return `CREATE ${unique}INDEX ${index} ON ${translateTableName(scope)} ${translateKeyColumns(scope)}`;
  }
  if (!reader.takeWord('TABLE')) throw denyDefinition(scope);
  const guard = reader.takeWord('IF', 'NOT', 'EXISTS') ? 'IF NOT EXISTS ' : '';
  const head = `CREATE ${temporary}TABLE ${guard}${translateTableName(scope)}`;
  if (reader.takeWord('LIKE')) return `${head} AS SELECT * FROM ${translateTableName(scope)} WHERE FALSE`;
  if (reader.takeWord('AS') || reader.isWord('SELECT')) return `${head} AS ${scope.query()}`;
  reader.expectMark('(');
  const parts = translateList(scope, () => translateTablePart(scope)).filter((part) => part !== '');
  reader.expectMark(')');
  skipTableOptions(scope);
  return `${head} (${parts.join(', ')})`;
}

function denyDefinition(scope: Scope): SqlError {
  const { reader } = scope;
  if (!reader.takeAnyWord(['DATABASE', 'SCHEMA', 'USER', 'FUNCTION', 'PROCEDURE', 'TRIGGER', 'EVENT']))
    return reader.syntaxError();
  return new SqlError(
    'denied',
    'Access denied; you need (at least one of) the SUPER privilege(s) for this operation',
  );
}

/** ENGINE=..., CHARSET=... and their like change nothing here. */
function skipTableOptions(scope: Scope): void {
  while (!scope.reader.atEnd) scope.reader.next();
}

function translateKeyColumns(scope: Scope): string {
  const { reader } = scope;
  reader.expectMark('(');
  const columns = translateList(scope, () => {
    const column = quoteName(reader.expectName());
    if (reader.takeMark('(')) reader.skipParenthesis();
    reader.takeAnyWord(['ASC', 'DESC']);
    return column;
  });
  reader.expectMark(')');
  return `(${columns.join(', ')})`;
}

/** A column, or a key; plain indexes are left out, being of no effect on what a statement gives. */
function translateTablePart(scope: Scope): string {
  const { reader } = scope;
  if (
    reader.takeWord('CONSTRAINT') &&
    reader.isName() &&
    !reader.isWord('PRIMARY') &&
    !reader.isWord('UNIQUE')
  )
    reader.expectName();
  if (reader.takeWord('PRIMARY', 'KEY')) return `PRIMARY KEY ${translateKeyColumns(scope)}`;
  if (reader.takeWord('UNIQUE')) {
    reader.takeAnyWord(['KEY', 'INDEX']);
    if (reader.isName()) reader.expectName();
    return `UNIQUE ${translateKeyColumns(scope)}`;
  }
  if (reader.takeWord('FOREIGN')) throw SqlError.notSupported('FOREIGN KEY');
  const isIndex = /^(KEY|INDEX|FULLTEXT)$/i.test(reader.peek().value) && reader.peek().type === 'word';
  if (!isIndex) return translateColumnDefinition(scope);
  while (!reader.isMark('(')) reader.next();
  translateKeyColumns(scope);
  return '';
}

/** Translates `name TYPE attributes`, as CREATE and ALTER have it. */
function translateColumnDefinition(scope: Scope): string {
  const { reader } = scope;
  const name = quoteName(reader.expectName());
  const type = reader.next().value.toUpperCase();
  if (reader.takeMark('(')) reader.skipParenthesis();
  const parts = [name, columnType(type)];
  let isKey = false;
  for (;;) {
    if (reader.takeWord('NOT', 'NULL')) parts.push('NOT NULL');
    else if (reader.takeWord('PRIMARY', 'KEY')) isKey = true;
    else if (reader.takeWord('UNIQUE')) parts.push('UNIQUE');
    else if (reader.takeWord('DEFAULT')) parts.push(`DEFAULT (${scope.expression(9)})`);
    else if (reader.takeAnyWord(['COMMENT', 'COLLATE', 'CHARSET'])) reader.next();
    else if (reader.takeWord('CHARACTER', 'SET')) reader.next();
    else if (
      !reader.takeAnyWord(['NULL', 'AUTO_INCREMENT', 'UNSIGNED', 'ZEROFILL', 'KEY', 'FIRST', 'PRECISION'])
    )
      break;
  }
  if (reader.takeWord('AFTER')) reader.expectName();
  if (isKey) parts.push('PRIMARY KEY');
  return parts.join(' ');
}

/** SQLite numbers the rows by itself where the key's type is exactly INTEGER. */
function columnType(type: string): string {
  if (/INT$|^INTEGER$|^BOOL|^YEAR$|^BIT$/.test(type)) return 'INTEGER';
  if (/^(DOUBLE|FLOAT|REAL)$/.test(type)) return 'REAL';
  if (/^(DECIMAL|NUMERIC|DEC)$/.test(type)) return 'NUMERIC';
  if (/BLOB$|BINARY$/.test(type)) return 'BLOB';
  return 'TEXT COLLATE NOCASE';
}

/** Translates ALTER TABLE with one change; ALTER is behind us. */
export function translateAlter(scope: Scope): string {
  const { reader } = scope;
  if (!reader.takeWord('TABLE')) throw denyDefinition(scope);
  const head = `ALTER TABLE ${translateTableName(scope)}`;
  if (reader.takeWord('ADD')) {
    reader.takeWord('COLUMN');
    return `${head} ADD COLUMN ${translateColumnDefinition(scope)}`;
  }
  if (reader.takeWord('DROP')) {
    reader.takeWord('COLUMN');
    return `${head} DROP COLUMN ${quoteName(reader.expectName())}`;
  }
  if (reader.takeWord('RENAME', 'COLUMN')) {
    const from = quoteName(reader.expectName());
    reader.expectWord('TO');
    return `${head} RENAME COLUMN ${from} TO ${quoteName(reader.expectName())}`;
  }
  if (!reader.takeWord('RENAME')) throw SqlError.notSupported('this form of ALTER TABLE');
  reader.takeAnyWord(['TO', 'AS']);
  return `${head} RENAME TO ${quoteName(readTableName(scope))}`;
}

/** Translates DROP TABLE and DROP VIEW; DROP is behind us. */
export function translateDrop(scope: Scope): string {
  const { reader } = scope;
  reader.takeWord('TEMPORARY');
  const kind = reader.takeAnyWord(['TABLE', 'VIEW']);
  if (kind === undefined) throw denyDefinition(scope);
  const guard = reader.takeWord('IF', 'EXISTS') ? 'IF EXISTS ' : '';
  return translateList(scope, () => `DROP ${kind} ${guard}${translateTableName(scope)}`).join('; ');
}
