import type { Json, ProctorError } from '../base/index.ts';
import type { SampleIndex, SampleStatus } from '../protocol/index.ts';
import { pickMainScore, type MainScore } from './main-score.ts';
import type { PairState } from './pair-state.ts';
import type { Assignment } from './plan.ts';
import type { OverallMetric, UnscoredCounts } from './results/index.ts';

/** What came of one agent on one task. */
export interface PairSummary extends Assignment {
  readonly total: number;
  /** Scored samples: finished runs that are the agent's own doing, those of evaluations before this one included. */
  readonly completed: number;
  readonly failed: number;
  readonly notPlayed: number;
  /** The failed and the not played, by whose doing that is. */
  readonly unscored: UnscoredCounts;
  /** Attempts that were made again. */
  readonly retries: number;
  /** Samples that were set aside since their workers died under them. */
  readonly poison: readonly SampleIndex[];
  readonly statuses: Readonly<Partial<Record<SampleStatus, number>>>;
  /** What the task made of the scored outcomes; absent while something is left to play. */
  readonly custom?: Json;
  readonly mainScore?: MainScore;
  /** The main score over the scored samples and over all. */
  readonly metric?: OverallMetric;
  /** Why there is no overall result although nothing is left to play. */
  readonly overallFailure?: Json;
}

/** An agent whose model API will not serve it any more. */
export interface StoppedAgent {
  readonly agent: string;
  readonly reason: string;
}

export interface EvaluationSummary {
  readonly pairs: readonly PairSummary[];
  /** What was not begun, since no worker of the task came. */
  readonly absent: readonly Assignment[];
  /** Agents of which nothing more could come; the others were played on. */
  readonly stoppedAgents: readonly StoppedAgent[];
  /** Stopped by its signal. */
  readonly interrupted: boolean;
  /** What made going on impossible, after everything was ended: `disk-full` or `results-unwritable`. */
  readonly stoppedBy?: ProctorError;
}

export function summarizePair(pair: PairState): PairSummary {
  const { agent, task, total, completed, failed, notPlayed, unscored, retries, poison } = pair;
  const { overall, overallFailure } = pair;
  const mainScore = pickMainScore(overall?.custom);
  const metric = mainScore && overall?.metrics[mainScore.name];
  return {
    agent,
    task,
    total,
    completed,
    failed,
    notPlayed,
    unscored,
    retries,
    poison,
    statuses: Object.fromEntries(pair.statuses),
    ...(overall && { custom: overall.custom }),
    ...(mainScore && { mainScore }),
    ...(metric && { metric }),
    ...(overallFailure !== undefined && { overallFailure }),
  };
}

/** 0 all done, 1 some of it failed, was not played or has no overall result, 130 interrupted. */
export function chooseExitCode(summary: EvaluationSummary): 0 | 1 | 130 {
  if (summary.interrupted) return 130;
  return summary.pairs.every(isWhole) && summary.absent.length === 0 && !summary.stoppedBy ? 0 : 1;
}

function isWhole({ completed, total, custom, overallFailure }: PairSummary): boolean {
  return completed === total && overallFailure === undefined && (custom !== undefined || total === 0);
}
