import type { Json, ProctorError } from '../base/index.ts';
import type { SampleStatus } from '../protocol/index.ts';
import { pickMainScore, type MainScore } from './main-score.ts';
import type { PairState } from './pair-state.ts';
import type { Assignment } from './plan.ts';

/** What came of one agent on one task. */
export interface PairSummary extends Assignment {
  readonly total: number;
  /** Finished runs, those of evaluations before this one included. */
  readonly completed: number;
  readonly failed: number;
  readonly notPlayed: number;
  readonly statuses: Readonly<Partial<Record<SampleStatus, number>>>;
  /** What the task made of all outcomes; absent unless all are there. */
  readonly custom?: Json;
  readonly mainScore?: MainScore;
  /** Why there is no overall result although all outcomes are there. */
  readonly overallFailure?: Json;
}

export interface EvaluationSummary {
  readonly pairs: readonly PairSummary[];
  /** What was not begun, since no worker of the task came. */
  readonly absent: readonly Assignment[];
  /** Stopped by its signal. */
  readonly interrupted: boolean;
  /** What made going on impossible, after everything was ended: `disk-full` or `results-unwritable`. */
  readonly stoppedBy?: ProctorError;
}

export function summarizePair(pair: PairState): PairSummary {
  const { agent, task, total, completed, failed, notPlayed, custom, overallFailure } = pair;
  const mainScore = pickMainScore(custom);
  return {
    agent,
    task,
    total,
    completed,
    failed,
    notPlayed,
    statuses: Object.fromEntries(pair.statuses),
    ...(custom !== undefined && { custom }),
    ...(mainScore && { mainScore }),
    ...(overallFailure !== undefined && { overallFailure }),
  };
}

/** 0 all done, 1 some of it failed or was not played, 130 interrupted. */
export function chooseExitCode(summary: EvaluationSummary): 0 | 1 | 130 {
  if (summary.interrupted) return 130;
  const isWhole = summary.pairs.every(
    (pair) => pair.completed === pair.total && pair.overallFailure === undefined,
  );
  return isWhole && summary.absent.length === 0 && !summary.stoppedBy ? 0 : 1;
}
