import { foldText, strict, toNumber, toText, type SqlFunction, type SqlValue } from './value.ts';

/**
 * Orders two values as MySQL does: texts without regard to case and accents, bytes exactly, and a number beside
 * a text by the number that the text begins with.
 */
export function compareValues(left: Exclude<SqlValue, null>, right: Exclude<SqlValue, null>): number {
  if (typeof left === 'number' || typeof right === 'number') return order(toNumber(left), toNumber(right));
  const isExact = typeof left !== 'string' || typeof right !== 'string';
  return isExact ? order(toText(left), toText(right)) : order(foldText(left), foldText(right));
}

function order<T extends number | string>(left: T, right: T): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

const comparison = (holds: (order: number) => boolean): SqlFunction =>
  strict((left, right) => holds(compareValues(left ?? '', right ?? '')));

const equal = comparison((order) => order === 0);

export const compareFunctions: Readonly<Record<string, SqlFunction>> = {
  my_eq: equal,
  my_ne: comparison((order) => order !== 0),
  my_lt: comparison((order) => order < 0),
  my_le: comparison((order) => order <= 0),
  my_gt: comparison((order) => order > 0),
  my_ge: comparison((order) => order >= 0),
  my_same: (left = null, right = null) =>
    left === null || right === null ? left === right : compareValues(left, right) === 0,
  my_in: (value = null, ...candidates) => {
    const results = candidates.map((candidate) => equal(value, candidate));
    return results.includes(true) ? true : results.includes(null) ? null : false;
  },
  my_strcmp: strict((left, right) => compareValues(toText(left ?? ''), toText(right ?? ''))),
  my_greatest: strict((...values) => extreme(values, 1)),
  my_least: strict((...values) => extreme(values, -1)),
  my_like: strict((value, pattern, escape) => {
    const text = toText(value ?? '');
    const wanted = toText(pattern ?? '');
    const isExact = value instanceof Uint8Array || pattern instanceof Uint8Array;
    const escapeCharacter = escape === undefined ? '\\' : toText(escape);
    return isExact
      ? likePattern(wanted, escapeCharacter).test(text)
      : likePattern(foldText(wanted), foldText(escapeCharacter)).test(foldText(text));
  }),
};

function extreme(values: readonly SqlValue[], sign: 1 | -1): SqlValue {
  const numeric = values.some((value) => typeof value === 'number');
  const candidates = values.map((value) => (numeric ? toNumber(value) : (value ?? '')));
  return candidates.reduce((best, candidate) =>
    compareValues(candidate, best) * sign > 0 ? candidate : best,
  );
}

function likePattern(pattern: string, escape: string): RegExp {
  let source = '';
  const characters = [...pattern];
  for (let position = 0; position < characters.length; position++) {
    const character = characters[position] ?? '';
    const next = characters[position + 1];
    if (character === escape && escape !== '' && next !== undefined) {
      source += quotePattern(next);
      position++;
    } else if (character === '%') source += '[^]*';
    else source += character === '_' ? '[^]' : quotePattern(character);
  }
  return new RegExp(`^${source}$`, 'u');
}

function quotePattern(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
