import { translateTableName } from './names.ts';
import type { Scope } from './scope.ts';
import { translateList } from './scope.ts';
import { quoteName } from './token-reader.ts';

/** Translates the tables after FROM, joins included. */
export function translateFrom(scope: Scope): string {
  const { reader } = scope;
  const parts = [translateFactor(scope)];
  for (;;) {
    if (reader.takeMark(',')) {
      parts.push(',', translateFactor(scope));
      continue;
    }
    const join = takeJoin(scope);
    if (join === undefined) return parts.join(' ');
    parts.push(join, translateFactor(scope));
    if (reader.takeWord('ON')) parts.push('ON', scope.expression());
    else if (reader.takeWord('USING')) {
      reader.expectMark('(');
      parts.push(`USING (${translateList(scope, () => quoteName(reader.expectAnyName())).join(', ')})`);
      reader.expectMark(')');
    }
  }
}

function takeJoin(scope: Scope): string | undefined {
  const { reader } = scope;
  if (reader.takeWord('STRAIGHT_JOIN')) return 'JOIN';
  const words = [];
  if (reader.takeWord('NATURAL')) words.push('NATURAL');
  const side = reader.takeAnyWord(['LEFT', 'RIGHT']);
  if (side !== undefined) {
    words.push(side);
    reader.takeWord('OUTER');
  } else if (reader.takeAnyWord(['INNER', 'CROSS']) !== undefined) words.push('INNER');
  if (words.length === 0 && !reader.isWord('JOIN')) return undefined;
  reader.expectWord('JOIN');
  return [...words, 'JOIN'].join(' ');
}

function translateFactor(scope: Scope): string {
  const { reader } = scope;
  if (reader.takeMark('(')) {
    const isQuery = reader.isWord('SELECT') || reader.isWord('WITH') || reader.isMark('(');
    const inner = isQuery ? scope.query() : translateFrom(scope);
    reader.expectMark(')');
    return `(${inner})${translateAlias(scope)}`;
  }
  const table = translateTableName(scope);
  const alias = translateAlias(scope);
  while (reader.takeAnyWord(['FORCE', 'IGNORE', 'USE']) !== undefined) {
    if (reader.takeAnyWord(['INDEX', 'KEY']) === undefined) throw reader.syntaxError();
    reader.expectMark('(');
    reader.skipParenthesis();
  }
  return table + alias;
}

/** The alias that may follow a table, and its own leading blank. */
export function translateAlias(scope: Scope): string {
  const { reader } = scope;
  if (reader.takeWord('AS')) return ` AS ${quoteName(reader.expectAnyName())}`;
  if (!reader.isName() || /^(FORCE|IGNORE|USE|FETCH)$/i.test(reader.peek().value)) return '';
  return ` AS ${quoteName(reader.expectName())}`;
}
