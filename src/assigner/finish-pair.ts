import { sleep, type Clock, type Json } from '../base/index.ts';
import {
  controllerRoutes,
  WireError,
  type SampleIndex,
  type TransportFault,
  type WireTaskOutput,
} from '../protocol/index.ts';
import { describeOverallFailure } from './failure.ts';
import { makeErrorRecord } from './make-record.ts';
import { measureMetrics } from './overall-metrics.ts';
import type { PairState } from './pair-state.ts';
import {
  readRuns,
  summarizeOutputs,
  writeOverall,
  type FileSystem,
  type FinishedRun,
  type Overall,
  type PairFiles,
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

async function readScored({ pair, files, fileSystem, warn }: PairToFinish): Promise<FinishedRun[]> {
  const runs: FinishedRun[] = [];
  const ignore = () => undefined;
  const indices = new Set(pair.indices);
  for await (const run of readRuns({ fileSystem, file: files.runs, indices, warn: ignore })) runs.push(run);
  if (runs.length !== pair.completed)
    warn(`${files.runs}: ${runs.length} runs of ${pair.completed} samples can be read back`);
  return runs;
}

/** With nothing to score nobody is asked. */
async function makeOverall(work: PairToFinish, runs: readonly FinishedRun[]): Promise<Overall> {
  const { pair } = work;
  const { attempted, unscored, total } = pair;
  const outputs = runs.map((run) => run.output);
  const scored = outputs.length;
  const custom = scored === 0 ? null : await askForScores(work, outputs);
  const scoreAll = () => askForScores(work, [...outputs, ...describeMissing(pair.indices, runs)]);
  const metrics = await measureMetrics({ custom, scored, total, scoreAll });
  return { ...summarizeOutputs(outputs, custom), attempted, scored, unscored, metrics };
}

/** Unscored samples, in the form in which a sample ends at its own limit: tasks take that for a failure. */
function describeMissing(
  indices: readonly SampleIndex[],
  runs: readonly FinishedRun[],
): readonly WireTaskOutput[] {
  const scored = new Set(runs.map(({ index }) => index));
  return indices
    .filter((index) => !scored.has(index))
    .map((index) => ({ index, status: 'task limit reached', result: null, history: [] }));
}

/** A worker that is missing just now, as one that is being started again, is waited for. */
async function askForScores(work: PairToFinish, results: readonly WireTaskOutput[]): Promise<Json> {
  const { pair, runtime, clock, timings, stop, warn } = work;
  const input = { body: { name: runtime.controllerName, results: [...results] } };
  const call = { timeoutMs: timings.overallMs, repeatOn: scoringMayBeRepeated, signal: stop };
  const endMs = clock.now() + timings.taskPatienceMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await runtime.link.call(controllerRoutes.calculateOverall, input, call);
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
