import type { PythonValue } from './literal.ts';

const floatPattern =
  /^[+-]?(?:(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:e[+-]?\d(?:_?\d)*)?|nan|inf|infinity)$/i;

/** What Python's `float(value)` gives, or `undefined` where it raises. */
export function pythonFloat(value: PythonValue): number | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (!floatPattern.test(text)) return undefined;
  const plain = text.replaceAll('_', '').toLowerCase();
  if (plain.endsWith('nan')) return NaN;
  if (plain.includes('inf')) return plain.startsWith('-') ? -Infinity : Infinity;
  return Number(plain);
}

/** What Python's `list(value)` gives, or `undefined` where it raises. */
export function pythonList(value: PythonValue): readonly PythonValue[] | undefined {
  if (typeof value === 'string') return [...value];
  if (value === null || typeof value !== 'object') return undefined;
  if (value.kind === 'dict') return value.keys;
  return value.kind === 'set' ? distinct(value.items) : value.items;
}

/**
 * Whether Python's `set(left) == set(right)` holds: order and repetition do not count, 1, 1.0 and True are one, "1" is another.
 * False where Python raises, which it does for lists, sets and dicts as members.
 */
export function sameSet(left: readonly PythonValue[], right: readonly PythonValue[]): boolean {
  const leftKeys = new Set<string>();
  const rightKeys = new Set<string>();
  for (const [values, keys] of [
    [left, leftKeys],
    [right, rightKeys],
  ] as const) {
    for (const value of values) {
      const key = hashKey(value);
      if (key === undefined) return false;
      keys.add(key);
    }
  }
  return leftKeys.size === rightKeys.size && [...leftKeys].every((key) => rightKeys.has(key));
}

/** Whether Python's `left == right` holds. */
export function sameValue(left: PythonValue, right: PythonValue): boolean {
  return equalityKey(left) === equalityKey(right);
}

function distinct(values: readonly PythonValue[]): PythonValue[] {
  const byKey = new Map<string, PythonValue>();
  for (const value of values) {
    const key = equalityKey(value);
    if (!byKey.has(key)) byKey.set(key, value);
  }
  return [...byKey.values()];
}

function hashKey(value: PythonValue): string | undefined {
  if (value === null || typeof value !== 'object') return equalityKey(value);
  if (value.kind !== 'tuple') return undefined;
  const keys = value.items.map(hashKey);
  return keys.includes(undefined) ? undefined : equalityKey(value);
}

function equalityKey(value: PythonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return `s${JSON.stringify(value)}`;
  if (typeof value !== 'object') return `n${Number(value)}`;
  if (value.kind === 'dict') {
    const pairs = value.keys.map(
      (key, index) => `${equalityKey(key)}:${equalityKey(value.values[index] ?? null)}`,
    );
    return `dict(${pairs.sort().join(',')})`;
  }
  const keys = value.items.map(equalityKey);
  return `${value.kind}(${(value.kind === 'set' ? [...new Set(keys)].sort() : keys).join(',')})`;
}
