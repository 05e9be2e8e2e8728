import {
  isJsonObject,
  parseJson,
  stringifyPythonJson,
  type Json,
  type JsonObject,
} from '../../base/index.ts';
import {
  causes,
  sampleStatuses,
  type Cause,
  type RunRecord,
  type SampleIndex,
  type SampleStatus,
  type WireTaskOutput,
} from '../../protocol/index.ts';
import { causeOfStatus } from '../scored.ts';

/** A record's line without its newline, as Python writes it. */
export function formatRunLine(record: RunRecord): string {
  const { index, error, info, output, time, attempt, session_id, cause, code, sentence, limit, seconds } =
    record;
  const own = { attempt, session_id, cause, code, sentence, limit, seconds };
  const line = { index, error, info, output: output && orderOutput(output), time, ...own };
  return stringifyPythonJson(line as unknown as Json);
}

function orderOutput({ index, status, result, history }: WireTaskOutput): WireTaskOutput {
  return { index, status, result, history };
}

/** A moment as both kinds of record have it: milliseconds since the epoch, and local time. */
export function stampTime(nowMs: number): RunRecord['time'] {
  const moment = new Date(nowMs);
  const pad = (value: number) => String(value).padStart(2, '0');
  const day = [moment.getFullYear(), pad(moment.getMonth() + 1), pad(moment.getDate())].join('-');
  const hour = [pad(moment.getHours()), pad(moment.getMinutes()), pad(moment.getSeconds())].join(':');
  return { timestamp: nowMs, str: `${day} ${hour}` };
}

/** What is read of a finished run. Its output is left as it stands in the file, since it is only passed on. */
export interface FinishedRun {
  readonly index: SampleIndex;
  readonly status: SampleStatus;
  /** As the line says, else by its status. */
  readonly cause: Cause;
  /** How long it was played, where the line says so. */
  readonly seconds?: number;
  /** How many its history has. */
  readonly messages: number;
  readonly output: StoredOutput;
}

/** Where the JSON of an output is in a line. */
export interface StoredOutput {
  /** The bytes that hold it: itself, or the whole line where it must be parsed and written again. */
  readonly start: number;
  readonly end: number;
  /** How many bytes it is when it is sent. */
  readonly length: number;
  readonly isAsSent: boolean;
}

/** The fields of a line by which a finished run is told. */
export interface RunFields {
  readonly index: Json | undefined;
  readonly status: Json | undefined;
  readonly cause: Json | undefined;
  readonly seconds: Json | undefined;
}

/** Undefined where the fields are not those of a finished run. */
export function readRunFields({ index, status, cause, seconds }: RunFields) {
  if (!Number.isInteger(index) && typeof index !== 'string') return undefined;
  const known = sampleStatuses.find((name) => name === status);
  if (!known) return undefined;
  const knownCause = causes.find((name) => name === cause) ?? causeOfStatus(known);
  const isLength = typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0;
  return {
    index: index as SampleIndex,
    status: known,
    cause: knownCause,
    ...(isLength && { seconds }),
  };
}

/**
 * The finished run in a line of `runs.jsonl`, written by this program or by the reference; undefined when there is none in it. Whatever
 * the parser takes counts; lines as they usually are, are read by `scanRunLine` in a fraction of the time.
 */
export function parseRunLine(line: Buffer): FinishedRun | undefined {
  const record = parseRecord(line);
  const output = record?.['output'];
  if (!record?.['time'] || !isJsonObject(output)) return undefined;
  const fields = readRunFields({
    index: record['index'],
    status: output['status'],
    cause: record['cause'],
    seconds: record['seconds'],
  });
  if (!fields) return undefined;
  const { history } = output as { readonly history?: { readonly length?: unknown } | null };
  const messages = typeof history?.length === 'number' ? history.length : 0;
  const { length } = formatOutput(output);
  return { ...fields, messages, output: { start: 0, end: line.length, length, isAsSent: false } };
}

/** The output in a line's bytes as it is sent, where these are not it already. */
export function rewriteOutput(line: Buffer): Buffer {
  return formatOutput(parseRecord(line)?.['output']);
}

function formatOutput(output: Json | undefined): Buffer {
  return Buffer.from(stringifyPythonJson(output, { ascii: false }));
}

function parseRecord(line: Buffer): JsonObject | undefined {
  try {
    const record = parseJson(line.toString('utf8'));
    return isJsonObject(record) ? record : undefined;
  } catch {
    return undefined;
  }
}
