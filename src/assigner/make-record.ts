import { redactText } from '../config/index.ts';
import type { RunRecord, SampleIndex } from '../protocol/index.ts';
import type { Failure, SampleEnd } from './failure.ts';
import { stampTime } from './results/index.ts';

/** Of which try at which sample a record is, and when. */
export interface RecordPlace {
  readonly index: SampleIndex | null;
  /** From 1; absent where none was made, as of scoring. */
  readonly attempt?: number;
  readonly nowMs: number;
  /** How long the sample was played, where that is known. */
  readonly seconds?: number | undefined;
}

/** The line of `runs.jsonl` for a finished sample. */
export function makeRunRecord(
  { output, sessionId, cause, limit }: Extract<SampleEnd, { kind: 'finished' }>,
  { index, attempt, nowMs, seconds }: RecordPlace,
): RunRecord {
  return {
    index,
    error: null,
    info: null,
    output,
    time: stampTime(nowMs),
    ...(attempt !== undefined && { attempt }),
    session_id: sessionId,
    cause,
    ...(limit && { limit }),
    ...(seconds !== undefined && { seconds }),
  };
}

/** The line of `error.jsonl` for a failure, which is free of secrets already. */
export function makeErrorRecord(failure: Failure, { index, attempt, nowMs }: RecordPlace): RunRecord {
  const { error, info, output, sessionId, cause, code, sentence, limit } = failure;
  return {
    index,
    error,
    info,
    output,
    time: stampTime(nowMs),
    ...(attempt !== undefined && { attempt }),
    ...(sessionId !== undefined && { session_id: sessionId }),
    cause,
    code,
    sentence,
    ...(limit && { limit }),
  };
}

/** The failure without the texts that no file and no screen may show. */
export function redactFailure(failure: Failure, secrets: readonly string[]): Failure {
  const { info, sentence } = failure;
  return { ...failure, info: redactText(info, secrets), sentence: redactText(sentence, secrets) };
}
