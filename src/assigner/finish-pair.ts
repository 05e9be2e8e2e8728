import { sleep, type Clock, type Json } from '../base/index.ts';
import {
  controllerRoutes,
  WireError,
  type SampleIndex,
  type StreamedBody,
  type TransportFault,
} from '../protocol/index.ts';
import { describeOverallFailure } from './failure.ts';
import { makeErrorRecord } from './make-record.ts';
import { measureMetrics } from './overall-metrics.ts';
import type { PairState } from './pair-state.ts';
import {
  makeScoringRequest,
  readRuns,
  RunTally,
  writeOverall,
  type FileSystem,
  type Overall,
  type PairFiles,
  type StoredOutput,
} from './results/index.ts';
import type { TaskRuntime } from './task-runtime.ts';
import type { EvaluationTimings } from './timings.ts';

export interface PairToFinish {
  readonly pair: PairState;
  readonly files: PairFiles;
  readonly runtime: TaskRuntime;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly timings: EvaluationTimings;
  readonly stop: AbortSignal;
  readonly warn: (message: string) => void;
}

/** Scoring changes nothing at the other side. A time-out is left: the same work would take as long again. */
const scoringMayBeRepeated: readonly TransportFault[] = ['refused', 'lost'];

/**
 * Has the task score the scored outcomes of a pair, as they are on disk, and writes `overall.json`. When that fails, the failure is a line
 * of `error.jsonl` and stands in the pair. When the evaluation is stopped meanwhile nothing is written: the next one does it.
 * Throws `disk-full` or `results-unwritable`.
 */
export async function finishPair(work: PairToFinish): Promise<void> {
  const { pair, files, fileSystem, clock, stop } = work;
  const runs = await readScored(work);
  let overall: Overall;
  try {
    overall = await makeOverall(work, runs);
  } catch (error) {
    if (stop.aborted) return;
    const failure = { ...describeOverallFailure(error), output: null };
    pair.noteOverallFailure(failure.info);
    work.warn(`The overall result of ${pair.agent} on ${pair.task} could not be calculated: ${failure.info}`);
    await files.append(makeErrorRecord(failure, { index: null, nowMs: clock.now() }));
    return;
  }
  // Figures that a stop has kept from being asked for are not taken for those that could not be had.
  if (stop.aborted) return;
  pair.noteOverall(overall);
  await writeOverall(fileSystem, files.overall, overall);
}

interface ScoredRuns {
  readonly indices: ReadonlySet<SampleIndex>;
  /** Where they are in the file, which is all that is kept of them. */
  readonly outputs: readonly StoredOutput[];
  readonly tally: RunTally;
}

async function readScored({ pair, files, fileSystem, warn }: PairToFinish): Promise<ScoredRuns> {
  const indices = new Set<SampleIndex>();
  const outputs: StoredOutput[] = [];
  const tally = new RunTally();
  const runs = { fileSystem, file: files.runs, indices: new Set(pair.indices), warn: () => undefined };
  for await (const run of readRuns(runs)) {
    indices.add(run.index);
    outputs.push(run.output);
    tally.add(run);
  }
  if (outputs.length !== pair.completed)
    warn(`${files.runs}: ${outputs.length} runs of ${pair.completed} samples can be read back`);
  return { indices, outputs, tally };
}

/** With nothing to score nobody is asked. */
async function makeOverall(work: PairToFinish, runs: ScoredRuns): Promise<Overall> {
  const { pair, files, fileSystem, runtime } = work;
  const { attempted, unscored, total } = pair;
  const { outputs, indices, tally } = runs;
  const scored = outputs.length;
  const scoring = { fileSystem, file: files.runs, outputs, name: runtime.controllerName };
  const score = (missing: readonly SampleIndex[]) =>
    askForScores(work, makeScoringRequest({ ...scoring, missing }));
  const custom = scored === 0 ? null : await score([]);
  const scoreAll = () => score(pair.indices.filter((index) => !indices.has(index)));
  const metrics = await measureMetrics({ custom, scored, total, scoreAll });
  return { ...tally.summarize(custom), attempted, scored, unscored, metrics };
}

/** A worker that is missing just now, as one that is being started again, is waited for. */
async function askForScores(work: PairToFinish, body: StreamedBody): Promise<Json> {
  const { pair, runtime, clock, timings, stop, warn } = work;
  const call = { timeoutMs: timings.overallMs, repeatOn: scoringMayBeRepeated, signal: stop };
  const endMs = clock.now() + timings.taskPatienceMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await runtime.link.call(controllerRoutes.calculateOverall, { body }, call);
    } catch (error) {
      if (!isWithoutWorker(error) || clock.now() >= endMs) throw error;
      if (isFirst)
        warn(`No worker of ${pair.task} is there to calculate its overall result; waiting for one`);
    }
    await sleep(clock, timings.pollPeriodMs, stop);
  }
}

function isWithoutWorker(error: unknown): boolean {
  return (
    error instanceof WireError &&
    (error.status === 400 || error.status === 503) &&
    /No workers available|Task does not exist|Worker not responding/.test(error.message)
  );
}
