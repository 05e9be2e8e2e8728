/** A value as SQLite hands it to a function and takes it back; whole numbers and floats are one. */
export type SqlValue = null | number | string | Uint8Array;
/** What a function may give; a boolean becomes 1 or 0 as a whole number. */
export type SqlResult = SqlValue | boolean;
export type SqlFunction = (...args: readonly SqlValue[]) => SqlResult;

/** As MySQL reads a number: the longest prefix that is one, else 0. */
export function toNumber(value: SqlValue): number {
  if (typeof value === 'number') return value;
  if (value === null) return 0;
  const prefix = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(toText(value));
  return prefix ? Number(prefix[0]) : 0;
}

export function toText(value: SqlValue): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  return typeof value === 'number' ? String(value) : new TextDecoder().decode(value);
}

/** Two texts are equal for MySQL's default collation when their folded forms are: case and accents do not count. */
export function foldText(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Makes a function of texts that gives NULL as soon as one of its arguments is NULL. */
export function strict(plain: (...args: readonly SqlValue[]) => SqlResult): SqlFunction {
  return (...args) => (args.includes(null) ? null : plain(...args));
}
