import { translateAlias } from './from.ts';
import { translateTableName } from './names.ts';
import { translateTail } from './query.ts';
import type { Scope } from './scope.ts';
import { storeValue, translateList } from './scope.ts';
import { SqlError } from './sql-error.ts';
import { quoteName, quoteText } from './token-reader.ts';

/** Translates INSERT and REPLACE; the word itself is behind us. */
export function translateInsert(scope: Scope, verb: 'INSERT' | 'REPLACE'): string {
  const { reader } = scope;
  while (reader.takeAnyWord(['LOW_PRIORITY', 'DELAYED', 'HIGH_PRIORITY']));
  const ignore = reader.takeWord('IGNORE') ? ' OR IGNORE' : '';
  reader.takeWord('INTO');
  const table = translateTableName(scope);
  const head = `${verb}${ignore} INTO ${table}`;
  if (reader.takeWord('SET')) {
    const pairs = translateList(scope, () => translateAssignment(scope));
    const columns = pairs.map(([column]) => column).join(', ');
    return `${head} (${columns}) VALUES (${pairs.map(([, value]) => value).join(', ')})${translateDuplicate(scope)}`;
  }
  const columns = translateColumnNames(scope);
  if (reader.isWord('SELECT') || reader.isWord('WITH')) {
    const query = scope.query(true);
    // Without a WHERE, SQLite would take ON DUPLICATE's ON for a join's.
    const duplicate = translateDuplicate(scope);
    return duplicate === ''
      ? `${head}${columns} ${query}`
      : `${head}${columns} SELECT * FROM (${query}) WHERE TRUE${duplicate}`;
  }
  if (reader.takeAnyWord(['VALUES', 'VALUE']) === undefined) throw reader.syntaxError();
  const rows = translateList(scope, () => translateRow(scope));
  return `${head}${columns} VALUES ${rows.join(', ')}${translateDuplicate(scope)}`;
}

function translateColumnNames(scope: Scope): string {
  const { reader } = scope;
  if (!reader.takeMark('(')) return '';
  const columns = reader.isMark(')') ? [] : translateList(scope, () => translateColumnName(scope));
  reader.expectMark(')');
  return columns.length === 0 ? '' : ` (${columns.join(', ')})`;
}

function translateColumnName(scope: Scope): string {
  let name = scope.reader.expectAnyName();
  while (scope.reader.takeMark('.')) name = scope.reader.expectAnyName();
  return quoteName(name);
}

function translateRow(scope: Scope): string {
  const { reader } = scope;
  reader.takeWord('ROW');
  reader.expectMark('(');
  const values = reader.isMark(')') ? [] : translateList(scope, () => translateValue(scope));
  reader.expectMark(')');
  return `(${values.join(', ')})`;
}

/** A bare number is stored with the digits that were written (1.50), which SQLite would make a float (1.5). */
function translateValue(scope: Scope): string {
  const { reader } = scope;
  if (reader.takeWord('DEFAULT')) return 'NULL';
  const signed = reader.isMark('-') ? 1 : 0;
  const number = reader.peek(signed);
  const after = reader.peek(signed + 1);
  const isBare =
    number.type === 'number' &&
    /^\d+(?:\.\d+)?$/.test(number.value) &&
    /^[,);]?$/.test(after.value) &&
    after.type !== 'string';
  if (!isBare) return storeValue(scope.expression());
  if (signed === 1) reader.next();
  reader.next();
  return quoteText((signed === 1 ? '-' : '') + number.value);
}

function translateAssignment(scope: Scope): Assignment {
  const column = translateColumnName(scope);
  if (!scope.reader.takeMark('=')) scope.reader.expectMark(':=');
  return [column, translateValue(scope)];
}

function translateDuplicate(scope: Scope): string {
  if (!scope.reader.takeWord('ON')) return '';
  scope.reader.expectWord('DUPLICATE');
  scope.reader.expectWord('KEY', 'UPDATE');
  const pairs = translateList(scope, () => translateAssignment(scope));
  return ` ON CONFLICT DO UPDATE SET ${pairs.map((pair) => pair.join(' = ')).join(', ')}`;
}

/** Translates UPDATE; the word itself is behind us. */
export function translateUpdate(scope: Scope): string {
  const { reader } = scope;
  reader.takeWord('LOW_PRIORITY');
  const ignore = reader.takeWord('IGNORE') ? ' OR IGNORE' : '';
  const table = translateTableName(scope);
  const alias = translateAlias(scope);
  if (!reader.takeWord('SET')) throw SqlError.notSupported('UPDATE of several tables');
  const assignments = assignInTurn(translateList(scope, () => translateAssignment(scope)));
  return `UPDATE${ignore} ${table}${alias} SET ${assignments.map((pair) => pair.join(' = ')).join(', ')}${translateCondition(scope, table + alias)}`;
}

type Assignment = readonly [column: string, value: string];

/** Quoted texts, which stay, and names with or without their table. */
const textOrName = /'(?:[^']|'')*'|(?:`(?:[^`]|``)*`\.)?(`(?:[^`]|``)*`)/g;

/**
 * MySQL assigns from left to right, so that a value sees the columns already assigned, where SQLite's see the row as it was: what was
 * assigned takes its column's place. Within a query the same name may be another table's, so it is left alone.
 */
function assignInTurn(assignments: readonly Assignment[]): readonly Assignment[] {
  const assigned = new Map<string, string>();
  return assignments.map(([column, value]) => {
    const inTurn = /\bSELECT\b/.test(value)
      ? value
      : value.replace(textOrName, (whole, name: string | undefined) => {
          const earlier = name === undefined ? undefined : assigned.get(name.toLowerCase());
          return earlier === undefined ? whole : `(${earlier})`;
        });
    assigned.set(column.toLowerCase(), inTurn);
    return [column, inTurn];
  });
}

/** Translates DELETE; the word itself is behind us. */
export function translateDelete(scope: Scope): string {
  const { reader } = scope;
  while (reader.takeAnyWord(['LOW_PRIORITY', 'QUICK', 'IGNORE']));
  if (!reader.takeWord('FROM')) throw SqlError.notSupported('DELETE from several tables');
  const table = translateTableName(scope);
  const alias = translateAlias(scope);
  return `DELETE FROM ${table}${alias}${translateCondition(scope, table + alias)}`;
}

/** WHERE, ORDER BY and LIMIT of a change; SQLite here has no LIMIT for changes, so the rows are chosen by a query. */
function translateCondition(scope: Scope, source: string): string {
  const where = scope.reader.takeWord('WHERE') ? ` WHERE ${scope.expression()}` : '';
  const tail = translateTail(scope);
  if (tail.length === 0) return where;
  return ` WHERE rowid IN (SELECT rowid FROM ${source}${where} ${tail.join(' ')})`;
}
