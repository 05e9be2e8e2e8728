import { isJsonObject, parseJson, stringifyPythonJson, type Json } from '../../base/index.ts';
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
  const { index, error, info, output, time, attempt, session_id, cause, code, sentence, limit } = record;
  const own = { attempt, session_id, cause, code, sentence, limit };
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
  readonly output: WireTaskOutput;
}

/** The finished run in a line of `runs.jsonl`, written by this program or by the reference; undefined when there is none in it. */
export function parseRunLine(line: string): FinishedRun | undefined {
  let record: Json;
  try {
    record = parseJson(line);
  } catch {
    return undefined;
  }
  if (!isJsonObject(record) || !record['time']) return undefined;
  const { index, output } = record;
  if (!Number.isInteger(index) && typeof index !== 'string') return undefined;
  if (!isJsonObject(output)) return undefined;
  const status = sampleStatuses.find((known) => known === output['status']);
  if (!status) return undefined;
  const cause = causes.find((known) => known === record['cause']) ?? causeOfStatus(status);
  return { index: index as SampleIndex, status, cause, output: output as unknown as WireTaskOutput };
}
