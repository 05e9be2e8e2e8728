import type { Clock } from './clock.ts';
import { coerceError } from './coerce-error.ts';
import { ProctorError } from './errors.ts';

/** Settles as `promise` does, or rejects with the signal's reason as soon as that is aborted. The work itself goes on. */
export function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => undefined);
    return Promise.reject(coerceError(signal.reason));
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(coerceError(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

export interface Deadline {
  readonly clock: Clock;
  readonly limitMs: number;
  /** What is waited for, as the error names it. */
  readonly operation: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` with a signal that is aborted after `limitMs`, or when the given signal is.
 * Rejects then at once, with `deadline-exceeded` or the signal's reason, whether or not the work obeys.
 */
export async function withDeadline<T>(
  deadline: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, limitMs, operation, signal } = deadline;
  const expired = new AbortController();
  const timer = clock.after(limitMs, () =>
    expired.abort(new ProctorError('deadline-exceeded', { operation, limitMs })),
  );
  const combined = signal ? AbortSignal.any([signal, expired.signal]) : expired.signal;
  try {
    return await raceAbort(work(combined), combined);
  } finally {
    timer.cancel();
  }
}
