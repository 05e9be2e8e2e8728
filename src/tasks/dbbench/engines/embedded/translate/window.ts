import type { Scope } from './scope.ts';
import { translateList } from './scope.ts';
import { quoteName } from './token-reader.ts';

/** Goes on after a call with `OVER name` or `OVER (...)`, if that follows. */
export function translateWindow(scope: Scope, call: string): string {
  const { reader } = scope;
  if (!reader.takeWord('OVER')) return call;
  if (!reader.takeMark('(')) return `${call} OVER ${quoteName(reader.expectName())}`;
  return `${call} OVER ${translateWindowBody(scope)}`;
}

/** Translates a window after its opening parenthesis, up to and with the closing one. */
export function translateWindowBody(scope: Scope): string {
  const { reader } = scope;
  const parts: string[] = [];
  if (reader.isName() && !reader.isWord('ROWS') && !reader.isWord('RANGE'))
    parts.push(quoteName(reader.expectName()));
  if (reader.takeWord('PARTITION', 'BY'))
    parts.push(`PARTITION BY ${translateList(scope, () => scope.expression()).join(', ')}`);
  if (reader.takeWord('ORDER', 'BY')) parts.push(translateOrder(scope));
  // A frame has words and numbers alone.
  while (!reader.takeMark(')')) {
    const token = reader.next();
    if (token.type !== 'word' && token.type !== 'number') throw reader.syntaxError();
    parts.push(token.value);
  }
  return `(${parts.join(' ')})`;
}

/** Translates what follows ORDER BY. */
export function translateOrder(scope: Scope): string {
  const items = translateList(scope, () => {
    const expression = scope.expression();
    const direction = scope.reader.takeAnyWord(['ASC', 'DESC']);
    return direction === undefined ? expression : `${expression} ${direction}`;
  });
  return `ORDER BY ${items.join(', ')}`;
}
