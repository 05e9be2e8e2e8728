import type { Cause } from '../protocol/index.ts';
import type { Failure } from './failure.ts';

export interface RetryRule {
  readonly autoRetry: boolean;
  /** In all, the first included. */
  readonly maxAttempts: number;
  /** Before the second attempt; doubles with each further one. */
  readonly retryPauseMs: number;
  /** So many workers that die under one sample make it poison: it is not tried again, whatever `maxAttempts` says. */
  readonly poisonAfter: number;
}

/** Failures of the infrastructure, and limits that a slow machine may have reached: another attempt may end otherwise. */
const passingCauses: ReadonlySet<Cause> = new Set(['task', 'worker', 'controller', 'model-api', 'limit']);

/** A sample that has failed, as the rule sees it. */
export interface FailedAttempt {
  readonly failure: Failure;
  /** From 1. */
  readonly attempt: number;
  /** Workers that have died under this sample, this time included. */
  readonly deaths: number;
}

/** The pause before the next attempt, in ms; undefined when there is to be none. */
export function planRetry(failed: FailedAttempt, rule: RetryRule): number | undefined {
  const { failure, attempt } = failed;
  if (!rule.autoRetry || attempt >= rule.maxAttempts || isPoison(failed, rule)) return undefined;
  if (failure.stopsAgent === true || !passingCauses.has(failure.cause)) return undefined;
  return rule.retryPauseMs * 2 ** (attempt - 1);
}

export function isPoison({ deaths }: FailedAttempt, rule: RetryRule): boolean {
  return deaths >= rule.poisonAfter;
}

/** Whether this failure is a worker's that died with the sample. */
export function isWorkerDeath(failure: Failure): boolean {
  return failure.code === 'worker-lost';
}
