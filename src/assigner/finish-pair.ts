import { sleep, type Clock, type Json } from '../base/index.ts';
import { controllerRoutes, WireError, type TransportFault, type WireTaskOutput } from '../protocol/index.ts';
import { describeOverallFailure } from './failure.ts';
import type { PairState } from './pair-state.ts';
import {
  makeOverall,
  readRuns,
  stampTime,
  writeOverall,
  type FileSystem,
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
 * Has the task score all outcomes of a pair, as they are on disk, and writes `overall.json`. When that fails, the failure is a line of
 * `error.jsonl` and stands in the pair. When the evaluation is stopped meanwhile nothing is written: the next one does it.
 * Throws `disk-full` or `results-unwritable`.
 */
export async function finishPair(work: PairToFinish): Promise<void> {
  const { pair, files, fileSystem, clock, stop, warn } = work;
  const outputs: WireTaskOutput[] = [];
  const ignore = () => undefined;
  for await (const run of readRuns({
    fileSystem,
    file: files.runs,
    indices: new Set(pair.indices),
    warn: ignore,
  })) {
    outputs.push(run.output);
  }
  if (outputs.length !== pair.total)
    warn(`${files.runs}: ${outputs.length} runs of ${pair.total} samples can be read back`);
  try {
    pair.noteOverall(await askForScores(work, outputs));
  } catch (error) {
    if (stop.aborted) return;
    const info = describeOverallFailure(error);
    pair.noteOverallFailure(info);
    warn(`The overall result of ${pair.agent} on ${pair.task} could not be calculated: ${info}`);
    await files.append({
      index: null,
      error: 'OVERALL_FAILED',
      info,
      output: null,
      time: stampTime(clock.now()),
    });
    return;
  }
  await writeOverall(fileSystem, files.overall, makeOverall(outputs, pair.custom ?? null));
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
    error.status === 400 &&
    /No workers available|Task does not exist|Worker not responding/.test(error.message)
  );
}
