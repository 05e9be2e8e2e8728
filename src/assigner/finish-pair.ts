import type { Clock } from '../base/index.ts';
import { controllerRoutes, type TransportFault, type WireTaskOutput } from '../protocol/index.ts';
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
  const { pair, files, runtime, fileSystem, clock, timings, stop, warn } = work;
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
    const custom = await runtime.link.call(
      controllerRoutes.calculateOverall,
      { body: { name: runtime.controllerName, results: outputs } },
      { timeoutMs: timings.overallMs, repeatOn: scoringMayBeRepeated, signal: stop },
    );
    pair.noteOverall(custom);
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
