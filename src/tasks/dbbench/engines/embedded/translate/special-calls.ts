import { takeDateUnit } from './function-table.ts';
import type { Scope } from './scope.ts';
import { translateList } from './scope.ts';
import { quoteText } from './token-reader.ts';
import { translateOrder } from './window.ts';

/** Calls whose arguments are more than a list; `undefined` for all others. The opening parenthesis is behind us. */
export function translateSpecialCall(scope: Scope, name: string): string | undefined {
  const special = specialCalls[name];
  return special?.(scope);
}

const specialCalls: Readonly<Record<string, (scope: Scope) => string | undefined>> = {
  CAST: (scope) => {
    const operand = scope.expression();
    scope.reader.expectWord('AS');
    return translateCast(scope, operand);
  },
  CONVERT: (scope) => {
    const operand = scope.expression();
    if (scope.reader.takeWord('USING')) {
      scope.reader.expectAnyName();
      scope.reader.expectMark(')');
      return operand;
    }
    scope.reader.expectMark(',');
    return translateCast(scope, operand);
  },
  GROUP_CONCAT: translateGroupConcat,
  EXTRACT: (scope) => {
    const unit = takeDateUnit(scope.reader);
    scope.reader.expectWord('FROM');
    return `CAST(my_extract('${unit}', ${closing(scope)}) AS INTEGER)`;
  },
  TIMESTAMPDIFF: (scope) =>
    `CAST(my_timestamp_diff('${takeDateUnit(scope.reader)}', ${restOfArguments(scope)}) AS INTEGER)`,
  TIMESTAMPADD: (scope) => `my_timestamp_add('${takeDateUnit(scope.reader)}', ${restOfArguments(scope)})`,
  POSITION: (scope) => {
    // Tighter than a comparison, so that IN is left for us.
    const wanted = scope.expression(6);
    scope.reader.expectWord('IN');
    return `CAST(my_locate(${wanted}, ${closing(scope)}) AS INTEGER)`;
  },
  SUBSTRING: translateSubstring,
  SUBSTR: translateSubstring,
  MID: translateSubstring,
  TRIM: translateTrim,
};

function closing(scope: Scope): string {
  const expression = scope.expression();
  scope.reader.expectMark(')');
  return expression;
}

function restOfArguments(scope: Scope): string {
  scope.reader.expectMark(',');
  const args = translateList(scope, () => scope.expression());
  scope.reader.expectMark(')');
  return args.join(', ');
}

function translateSubstring(scope: Scope): string {
  const { reader } = scope;
  const args = [scope.expression()];
  while (reader.takeMark(',') || reader.takeWord('FROM') || reader.takeWord('FOR'))
    args.push(scope.expression());
  reader.expectMark(')');
  return `my_substring(${args.join(', ')})`;
}

function translateTrim(scope: Scope): string {
  const { reader } = scope;
  const side = reader.takeAnyWord(['BOTH', 'LEADING', 'TRAILING']) ?? 'BOTH';
  const first = reader.isWord('FROM') ? "' '" : scope.expression();
  if (reader.takeWord('FROM')) return `my_trim('${side}', ${first}, ${closing(scope)})`;
  reader.expectMark(')');
  return `my_trim('${side}', ' ', ${first})`;
}

function translateGroupConcat(scope: Scope): string {
  const { reader } = scope;
  const distinct = reader.takeWord('DISTINCT') ? 'DISTINCT ' : '';
  const values = translateList(scope, () => scope.expression());
  const order = reader.takeWord('ORDER', 'BY') ? ` ${translateOrder(scope)}` : '';
  const separator = reader.takeWord('SEPARATOR') ? reader.next().value : ',';
  reader.expectMark(')');
  const value = values.length === 1 ? values[0] : `my_concat(${values.join(', ')})`;
  return `my_join(json_group_array(${distinct}${value}${order}), ${quoteText(separator)})`;
}

/** The type after AS; what MySQL has and SQLite has not goes through a function of ours. */
function translateCast(scope: Scope, operand: string): string {
  const { reader } = scope;
  const type = reader.next().value.toUpperCase();
  const scale = reader.takeMark('(') ? (typeNumbers(scope)[1] ?? '0') : '0';
  reader.takeAnyWord(['INTEGER', 'INT', 'PRECISION']);
  if (reader.takeWord('CHARACTER', 'SET') || reader.takeWord('CHARSET')) reader.expectAnyName();
  reader.expectMark(')');
  switch (type) {
    case 'SIGNED':
    case 'UNSIGNED':
    case 'INT':
    case 'INTEGER':
    case 'YEAR':
      return `CAST(my_round(my_number(${operand}), 0) AS INTEGER)`;
    case 'DECIMAL':
    case 'NUMERIC':
    case 'DEC':
      return `my_round(my_number(${operand}), ${scale})`;
    case 'DOUBLE':
    case 'FLOAT':
    case 'REAL':
      return `my_number(${operand})`;
    case 'CHAR':
    case 'NCHAR':
    case 'VARCHAR':
      return `my_text(${operand})`;
    case 'BINARY':
      return `CAST(${operand} AS BLOB)`;
    case 'DATE':
    case 'DATETIME':
    case 'TIME':
      return `my_${type.toLowerCase()}(${operand})`;
    default:
      throw reader.syntaxError();
  }
}

function typeNumbers(scope: Scope): string[] {
  const numbers = translateList(scope, () => String(Number(scope.reader.next().value) || 0));
  scope.reader.expectMark(')');
  return numbers;
}
