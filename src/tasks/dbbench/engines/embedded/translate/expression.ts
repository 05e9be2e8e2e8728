import { translateCall } from './call.ts';
import { levels, translateOperators } from './operators.ts';
import type { Scope } from './scope.ts';
import { translateList } from './scope.ts';
import { quoteName, quoteText } from './token-reader.ts';

/** Translates one expression, up to operators that bind more loosely than `level`. */
export function translateExpression(scope: Scope, level: number = levels.or): string {
  return translateOperators(scope, { left: translatePrefix(scope), level });
}

function translatePrefix(scope: Scope): string {
  const { reader } = scope;
  if (reader.takeWord('NOT')) return `(NOT ${scope.expression(levels.comparison)})`;
  if (reader.takeMark('!')) return `(NOT ${scope.expression(levels.unary)})`;
  if (reader.takeMark('-')) return `(- ${scope.expression(levels.unary)})`;
  if (reader.takeMark('+')) return scope.expression(levels.unary);
  if (reader.takeMark('~')) return `(~ ${scope.expression(levels.unary)})`;
  if (reader.takeWord('BINARY')) return `CAST(${scope.expression(levels.unary)} AS BLOB)`;
  return translateCollation(scope, translatePrimary(scope));
}

/** `COLLATE ..._bin` and `..._cs` make a comparison exact, as BINARY does; others are what is done anyway. */
function translateCollation(scope: Scope, operand: string): string {
  if (!scope.reader.takeWord('COLLATE')) return operand;
  const name = scope.reader.expectAnyName();
  return /_(bin|cs|as_cs)$/i.test(name) ? `CAST(${operand} AS BLOB)` : operand;
}

function translatePrimary(scope: Scope): string {
  const { reader } = scope;
  const token = reader.peek();
  if (token.type === 'number') return reader.next().value;
  if (token.type === 'bytes') return `x'${reader.next().value}'`;
  if (token.type === 'string') return translateStrings(scope);
  if (token.type === 'variable') return translateVariable(reader.next().value);
  if (reader.takeMark('(')) return translateParenthesis(scope);
  if (reader.takeWord('CASE')) return translateCase(scope);
  if (reader.takeWord('EXISTS')) return `EXISTS ${translateSubquery(scope)}`;
  const constant = reader.takeAnyWord(['NULL', 'TRUE', 'FALSE']);
  if (constant !== undefined) return constant;
  if (token.type === 'word' && reader.isMark('(', 1)) return translateCall(scope);
  if (/^_(utf8mb4|utf8|latin1|binary)$/i.test(token.value) && reader.peek(1).type === 'string') {
    reader.next();
    return translateStrings(scope);
  }
  if (
    token.type === 'word' &&
    /^(current_(date|time|timestamp|user)|local(time|timestamp)|utc_(date|time|timestamp))$/i.test(
      token.value,
    )
  )
    return translateCall(scope);
  return translateColumn(scope);
}

function translateStrings(scope: Scope): string {
  let text = scope.reader.next().value;
  while (scope.reader.peek().type === 'string') text += scope.reader.next().value;
  return quoteText(text);
}

const serverVariables: Readonly<Record<string, string>> = {
  '@@version': "'8.0.36'",
  '@@sql_mode': "'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES'",
  '@@autocommit': '1',
};

function translateVariable(name: string): string {
  if (!name.startsWith('@@')) return 'NULL';
  return serverVariables[name.toLowerCase().replace(/^@@(session|global)\./, '@@')] ?? 'NULL';
}

function translateColumn(scope: Scope): string {
  const { reader } = scope;
  const parts = [reader.expectName()];
  while (reader.takeMark('.')) {
    if (reader.takeMark('*')) return `${quoteName(parts.at(-1) ?? '')}.*`;
    parts.push(reader.expectAnyName());
  }
  if (parts.length > 3) throw reader.syntaxError();
  return parts.slice(-2).map(quoteName).join('.');
}

function translateParenthesis(scope: Scope): string {
  const { reader } = scope;
  if (reader.isWord('SELECT') || reader.isWord('WITH')) {
    const query = scope.query();
    reader.expectMark(')');
    return `(${query})`;
  }
  const items = translateList(scope, () => scope.expression());
  reader.expectMark(')');
  return `(${items.join(', ')})`;
}

function translateSubquery(scope: Scope): string {
  scope.reader.expectMark('(');
  const query = scope.query();
  scope.reader.expectMark(')');
  return `(${query})`;
}

function translateCase(scope: Scope): string {
  const { reader } = scope;
  const subject = reader.isWord('WHEN') ? undefined : scope.expression();
  const parts = ['CASE'];
  while (reader.takeWord('WHEN')) {
    const condition = scope.expression();
    reader.expectWord('THEN');
    parts.push(
      `WHEN ${subject === undefined ? condition : `my_eq(${subject}, ${condition})`} THEN ${scope.expression()}`,
    );
  }
  if (parts.length === 1) throw reader.syntaxError();
  if (reader.takeWord('ELSE')) parts.push(`ELSE ${scope.expression()}`);
  reader.expectWord('END');
  return `(${parts.join(' ')} END)`;
}
