import type { Failure } from './failure.ts';

export interface RetryRule {
  readonly autoRetry: boolean;
  /** In all, the first included. */
  readonly maxAttempts: number;
  /** Before the second attempt; doubles with each further one. */
  readonly retryPauseMs: number;
}

/** The pause before the next attempt at a sample that failed at its `attempt`-th; undefined when there is to be none. */
export function planRetry(failure: Failure, attempt: number, rule: RetryRule): number | undefined {
  if (!rule.autoRetry || attempt >= rule.maxAttempts || !isRetryable(failure)) return undefined;
  return rule.retryPauseMs * 2 ** (attempt - 1);
}

/** Whether another attempt could end otherwise. */
function isRetryable(failure: Failure): boolean {
  return failure.error !== 'NOT_AVAILABLE' && failure.error !== 'OVERALL_FAILED';
}
