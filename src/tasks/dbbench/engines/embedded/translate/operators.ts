import { takeDateUnit } from './function-table.ts';
import type { Scope } from './scope.ts';
import { translateList } from './scope.ts';
import { SqlError } from './sql-error.ts';

/** How tightly MySQL's operators bind, the loosest first. */
export const levels = {
  or: 1,
  xor: 2,
  and: 3,
  comparison: 5,
  bitOr: 6,
  bitAnd: 7,
  shift: 8,
  sum: 9,
  product: 10,
  power: 11,
  unary: 12,
} as const;

type Operator = { readonly level: number; readonly emit: (left: string, right: string) => string };

const infix = (operator: string) => (left: string, right: string) => `(${left} ${operator} ${right})`;
const compare = (name: string): Operator => ({
  level: levels.comparison,
  // Rows are compared by SQLite itself; all else by MySQL's rules.
  emit: (left, right) =>
    isRow(left) ? `(${left} ${rowOperators[name]} ${right})` : `my_${name}(${left}, ${right})`,
});
const rowOperators: Readonly<Record<string, string>> = {
  eq: '=',
  ne: '<>',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};

/** A column of texts counts as floats in MySQL, also where all of them are whole numbers; SQLite would take those for integers. */
const asNumber = (operand: string) =>
  /^(`[^`]+`\.)?`[^`]+`$/.test(operand)
    ? `(CASE typeof(${operand}) WHEN 'text' THEN CAST(${operand} AS REAL) ELSE ${operand} END)`
    : operand;
const calculate = (operator: string) => (left: string, right: string) =>
  `(${asNumber(left)} ${operator} ${asNumber(right)})`;

const divide = (left: string, right: string) => `(CAST(${left} AS REAL) / ${right})`;
// Numbers from JavaScript reach SQLite as floats, so that whole ones are left to SQLite.
const modulo: Operator = {
  level: levels.product,
  emit: (left, right) =>
    `(CASE WHEN typeof(${left}) = 'integer' AND typeof(${right}) = 'integer' THEN ${left} % ${right} ELSE my_mod(${left}, ${right}) END)`,
};

const operators: Readonly<Record<string, Operator>> = {
  OR: { level: levels.or, emit: infix('OR') },
  '||': { level: levels.or, emit: infix('OR') },
  XOR: { level: levels.xor, emit: (left, right) => `((NOT ${left}) <> (NOT ${right}))` },
  AND: { level: levels.and, emit: infix('AND') },
  '&&': { level: levels.and, emit: infix('AND') },
  '=': compare('eq'),
  '<>': compare('ne'),
  '!=': compare('ne'),
  '<': compare('lt'),
  '<=': compare('le'),
  '>': compare('gt'),
  '>=': compare('ge'),
  '<=>': { level: levels.comparison, emit: (left, right) => `my_same(${left}, ${right})` },
  '|': { level: levels.bitOr, emit: infix('|') },
  '&': { level: levels.bitAnd, emit: infix('&') },
  '<<': { level: levels.shift, emit: infix('<<') },
  '>>': { level: levels.shift, emit: infix('>>') },
  '+': { level: levels.sum, emit: calculate('+') },
  '-': { level: levels.sum, emit: calculate('-') },
  '*': { level: levels.product, emit: calculate('*') },
  '/': { level: levels.product, emit: divide },
  DIV: { level: levels.product, emit: (left, right) => `CAST(${divide(left, right)} AS INTEGER)` },
  '%': modulo,
  MOD: modulo,
  '^': { level: levels.power, emit: (left, right) => `((${left} | ${right}) - (${left} & ${right}))` },
};

/** Goes on after `left` with the operators that bind at least as tightly as `level`. */
export function translateOperators(
  scope: Scope,
  from: { readonly left: string; readonly level: number },
): string {
  const { reader } = scope;
  let left = from.left;
  for (;;) {
    if (from.level <= levels.comparison) {
      const predicate = translatePredicate(scope, left);
      if (predicate !== undefined) {
        left = predicate;
        continue;
      }
    }
    const token = reader.peek();
    if (token.type !== 'mark' && token.type !== 'word') return left;
    const operator = operators[token.value.toUpperCase()];
    if (!operator || operator.level < from.level) return left;
    reader.next();
    if (operator.level === levels.comparison && reader.takeAnyWord(['ALL', 'ANY', 'SOME']))
      throw SqlError.notSupported('ALL/ANY/SOME subquery');
    if (operator.level === levels.sum && reader.takeWord('INTERVAL')) {
      const amount = scope.expression();
      left = `my_date_add(${left}, ${token.value === '-' ? '-' : ''}(${amount}), '${takeDateUnit(reader)}')`;
      continue;
    }
    left = operator.emit(left, scope.expression(operator.level + 1));
  }
}

/** IS, IN, LIKE, REGEXP and BETWEEN, with their NOT. */
function translatePredicate(scope: Scope, left: string): string | undefined {
  const { reader } = scope;
  if (reader.takeWord('IS')) {
    const not = reader.takeWord('NOT') ? ' NOT' : '';
    const value = reader.takeAnyWord(['NULL', 'TRUE', 'FALSE', 'UNKNOWN']);
    if (value === undefined) throw reader.syntaxError();
    return `(${left} IS${not} ${value === 'UNKNOWN' ? 'NULL' : value})`;
  }
  const negated = reader.isWord('NOT') && /^(IN|LIKE|RLIKE|REGEXP|BETWEEN)$/i.test(reader.peek(1).value);
  if (negated) reader.next();
  const positive = translateMembership(scope, left);
  if (positive === undefined) return undefined;
  return negated ? `(NOT ${positive})` : positive;
}

function translateMembership(scope: Scope, left: string): string | undefined {
  const { reader } = scope;
  const operand = () => scope.expression(levels.comparison + 1);
  if (reader.takeWord('IN')) return translateIn(scope, left);
  if (reader.takeWord('LIKE')) {
    const pattern = operand();
    return reader.takeWord('ESCAPE')
      ? `my_like(${left}, ${pattern}, ${operand()})`
      : `my_like(${left}, ${pattern})`;
  }
  if (reader.takeAnyWord(['REGEXP', 'RLIKE'])) return `my_regexp(${left}, ${operand()})`;
  if (!reader.takeWord('BETWEEN')) return undefined;
  const low = operand();
  reader.expectWord('AND');
  return `(my_ge(${left}, ${low}) AND my_le(${left}, ${operand()}))`;
}

function translateIn(scope: Scope, left: string): string {
  const { reader } = scope;
  reader.expectMark('(');
  const isQuery = reader.isWord('SELECT') || reader.isWord('WITH');
  const items = isQuery ? [scope.query()] : translateList(scope, () => scope.expression());
  reader.expectMark(')');
  if (isRow(left)) return `(${left} IN (${isQuery ? '' : 'VALUES '}${items.join(', ')}))`;
  return isQuery ? `(${left} COLLATE NOCASE IN (${items[0]}))` : `my_in(${left}, ${items.join(', ')})`;
}

/** Whether this translation is a list of values in parentheses. */
function isRow(translated: string): boolean {
  if (!translated.startsWith('(')) return false;
  let depth = 0;
  const outsideQuotes = translated.replace(/'(?:[^']|'')*'|`(?:[^`]|``)*`/g, '_');
  for (const character of outsideQuotes) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === ',' && depth === 1 && !/^\(SELECT|^\(WITH/.test(outsideQuotes)) return true;
  }
  return false;
}
