import type { Cell } from '../engine.ts';

/** A column of a result as the protocol describes it. */
export interface ResultColumn {
  readonly columnType?: number | undefined;
  readonly characterSet?: number | undefined;
}

const binaryCharacterSet = 63;

const wholeTypes = new Set([1, 2, 3, 9, 13]);
const floatTypes = new Set([4, 5]);
const decimalTypes = new Set([0, 246]);
const dateTypes = new Set([10, 14]);
const momentTypes = new Set([7, 12]);
const timeType = 11;
const longType = 8;
const bitType = 16;
const jsonType = 245;

/** Reads a value from the bytes that the server sent, by the type of its column. */
export function readCell(bytes: Uint8Array | null, column: ResultColumn): Cell {
  if (bytes === null) return null;
  const type = column.columnType ?? 253;
  if (type === bitType) return bytes.reduce((total, byte) => total * 256n + BigInt(byte), 0n);
  const text = new TextDecoder().decode(bytes);
  if (wholeTypes.has(type)) return Number(text);
  if (type === longType) return BigInt(text);
  if (floatTypes.has(type)) return { type: 'float', value: Number(text) };
  if (decimalTypes.has(type)) return { type: 'decimal', text };
  if (dateTypes.has(type)) return { type: 'date', text };
  if (momentTypes.has(type)) return { type: 'datetime', text };
  if (type === timeType) return { type: 'time', text };
  return column.characterSet === binaryCharacterSet && type !== jsonType ? { type: 'bytes', bytes } : text;
}
