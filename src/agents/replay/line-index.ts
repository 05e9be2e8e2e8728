import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { isJsonObject, parseJson, type Json } from '../../base/index.ts';
import type { SampleIndex } from '../../protocol/index.ts';

/** Where a line stands in its file, in bytes, its end of line left out. */
export type LinePlace = { readonly offset: number; readonly length: number };

/** Of a record only its beginning is looked at, where `index` stands. */
const recordStart = /^\s*\{\s*"index"\s*:\s*(-?\d+|"(?:[^"\\]|\\.)*")\s*,\s*"error"\s*:\s*null\s*,/;
const longestRecordStart = 4096;

const newline = 0x0a;

/**
 * Finds the record of each sample in a file of runs without holding more than one line of it; of two records of one
 * sample the first counts. Lines that are no records, and a last one without an end, are passed over.
 */
export async function indexRuns(file: string): Promise<ReadonlyMap<SampleIndex, LinePlace>> {
  const places = new Map<SampleIndex, LinePlace>();
  let pieces: Buffer[] = [];
  let lineOffset = 0;
  let position = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      pieces.push(chunk.subarray(start, end));
      const index = readIndex(pieces);
      const length = position + end - lineOffset;
      if (index !== undefined && !places.has(index)) places.set(index, { offset: lineOffset, length });
      pieces = [];
      start = end + 1;
      lineOffset = position + start;
    }
    pieces.push(chunk.subarray(start));
    position += chunk.length;
  }
  // A run whose end of line was never written may still be whole.
  const last = parseWhole(pieces);
  const index = last === undefined ? undefined : indexOf(last);
  if (index !== undefined && !places.has(index))
    places.set(index, { offset: lineOffset, length: position - lineOffset });
  return places;
}

/** The value of the line at that place. Throws a `SyntaxError` when it is not JSON. */
export async function readLineAt(file: string, place: LinePlace): Promise<Json> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(place.length),
      0,
      place.length,
      place.offset,
    );
    return parseJson(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await handle.close();
  }
}

function readIndex(pieces: readonly Buffer[]): SampleIndex | undefined {
  const first = pieces[0] ?? Buffer.alloc(0);
  const beginning = first.length >= longestRecordStart ? first : Buffer.concat(pieces);
  const match = recordStart.exec(beginning.toString('utf8', 0, longestRecordStart));
  if (match?.[1] !== undefined) return toIndex(parseJson(match[1]));
  const record = parseWhole(pieces);
  return record === undefined ? undefined : indexOf(record);
}

function parseWhole(pieces: readonly Buffer[]): Json | undefined {
  try {
    return parseJson(Buffer.concat(pieces).toString('utf8'));
  } catch {
    // Not a record: the writer of runs reports such lines when it goes on with the file.
    return undefined;
  }
}

function indexOf(record: Json): SampleIndex | undefined {
  if (!isJsonObject(record) || (record.error ?? null) !== null) return undefined;
  return toIndex(record.index);
}

function toIndex(value: Json | undefined): SampleIndex | undefined {
  return typeof value === 'string' || Number.isSafeInteger(value) ? (value as SampleIndex) : undefined;
}
