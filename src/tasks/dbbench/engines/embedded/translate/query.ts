import type { Scope } from './scope.ts';
import { storeValue, translateList } from './scope.ts';
import { translateFrom } from './from.ts';
import { SqlError } from './sql-error.ts';
import { quoteName } from './token-reader.ts';
import { translateOrder, translateWindowBody } from './window.ts';

/** Translates a query with its WITH, set operations, ORDER BY and LIMIT. */
export function translateQuery(scope: Scope, isStored = false): string {
  const { reader } = scope;
  const parts: string[] = [];
  if (reader.takeWord('WITH')) parts.push(translateWith(scope));
  parts.push(translateTerm(scope, isStored));
  for (;;) {
    const operator = reader.takeAnyWord(['UNION', 'EXCEPT', 'INTERSECT']);
    if (operator === undefined) break;
    const all = reader.takeAnyWord(['ALL', 'DISTINCT']) === 'ALL';
    if (all && operator !== 'UNION') throw SqlError.notSupported(`${operator} ALL`);
    parts.push(all ? 'UNION ALL' : operator, translateTerm(scope, isStored));
  }
  parts.push(...translateTail(scope));
  return parts.join(' ');
}

/** ORDER BY and LIMIT, which queries, UPDATE and DELETE share. */
export function translateTail(scope: Scope): string[] {
  const { reader } = scope;
  const parts: string[] = [];
  if (reader.takeWord('ORDER', 'BY')) parts.push(translateOrder(scope));
  if (reader.takeWord('LIMIT')) {
    const first = takeNumber(scope);
    if (reader.takeMark(',')) parts.push(`LIMIT ${takeNumber(scope)} OFFSET ${first}`);
    else parts.push(`LIMIT ${first}${reader.takeWord('OFFSET') ? ` OFFSET ${takeNumber(scope)}` : ''}`);
  }
  if (reader.takeWord('INTO'))
    throw new SqlError('denied', 'Access denied; you need the FILE privilege for this operation');
  if (reader.takeWord('FOR') && reader.takeAnyWord(['UPDATE', 'SHARE']) === undefined)
    throw reader.syntaxError();
  if (reader.takeWord('LOCK')) reader.expectWord('IN', 'SHARE', 'MODE');
  return parts;
}

function takeNumber(scope: Scope): string {
  const token = scope.reader.peek();
  if (token.type !== 'number' || !/^\d+$/.test(token.value)) throw scope.reader.syntaxError();
  return scope.reader.next().value;
}

function translateWith(scope: Scope): string {
  const { reader } = scope;
  const recursive = reader.takeWord('RECURSIVE') ? 'RECURSIVE ' : '';
  const tables = translateList(scope, () => {
    const name = quoteName(reader.expectName());
    let columns = '';
    if (reader.takeMark('(')) {
      columns = ` (${translateList(scope, () => quoteName(reader.expectAnyName())).join(', ')})`;
      reader.expectMark(')');
    }
    reader.expectWord('AS');
    reader.expectMark('(');
    const query = scope.query();
    reader.expectMark(')');
    return `${name}${columns} AS (${query})`;
  });
  return `WITH ${recursive}${tables.join(', ')}`;
}

function translateTerm(scope: Scope, isStored: boolean): string {
  const { reader } = scope;
  if (!reader.takeMark('(')) return translateSelect(scope, isStored);
  const query = scope.query(isStored);
  reader.expectMark(')');
  return `SELECT * FROM (${query})`;
}

const modifiers = [
  'ALL',
  'HIGH_PRIORITY',
  'STRAIGHT_JOIN',
  'SQL_NO_CACHE',
  'SQL_CACHE',
  'SQL_CALC_FOUND_ROWS',
  'SQL_BIG_RESULT',
];

function translateSelect(scope: Scope, isStored: boolean): string {
  const { reader } = scope;
  reader.expectWord('SELECT');
  const parts = ['SELECT'];
  if (reader.takeAnyWord(['DISTINCT', 'DISTINCTROW'])) parts.push('DISTINCT');
  while (reader.takeAnyWord(modifiers));
  parts.push(translateList(scope, () => translateItem(scope, isStored)).join(', '));
  if (reader.takeWord('FROM') && !reader.takeWord('DUAL')) parts.push('FROM', translateFrom(scope));
  if (reader.takeWord('WHERE')) parts.push('WHERE', scope.expression());
  if (reader.takeWord('GROUP', 'BY')) {
    parts.push('GROUP BY', translateList(scope, () => translateGroup(scope)).join(', '));
    if (reader.takeWord('WITH', 'ROLLUP')) throw SqlError.notSupported('WITH ROLLUP');
  }
  if (reader.takeWord('HAVING')) parts.push('HAVING', scope.expression());
  if (reader.takeWord('WINDOW')) {
    const windows = translateList(scope, () => {
      const name = quoteName(reader.expectName());
      reader.expectWord('AS');
      reader.expectMark('(');
      return `${name} AS ${translateWindowBody(scope)}`;
    });
    parts.push('WINDOW', windows.join(', '));
  }
  return parts.join(' ');
}

function translateGroup(scope: Scope): string {
  const expression = scope.expression();
  scope.reader.takeAnyWord(['ASC', 'DESC']);
  return expression;
}

function translateItem(scope: Scope, isStored: boolean): string {
  const { reader } = scope;
  if (reader.takeMark('*')) return '*';
  const shown = scope.expression();
  // `table.*` is no value but many, and what a table holds was stored already.
  const expression = isStored && !shown.endsWith('*') ? storeValue(shown) : shown;
  if (reader.takeWord('AS')) return `${expression} AS ${quoteName(reader.expectAnyName())}`;
  if (reader.isName() || reader.peek().type === 'string')
    return `${expression} AS ${quoteName(reader.expectAnyName())}`;
  return expression;
}
