import { coerceError } from './coerce-error.ts';

/** Time as a dependency: whatever waits or stamps takes a clock, so that tests move time instead of waiting for it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `delayMs` (0 or more) unless cancelled before. A pending timer keeps its process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** Node cannot hold a longer delay; a longer one fires early. */
const longestDelayMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const handle = setTimeout(callback, Math.min(Math.max(0, delayMs), longestDelayMs));
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after `delayMs`; rejects with the signal's reason when that is aborted first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(coerceError(signal.reason));
    const onAbort = () => {
      timer.cancel();
      reject(coerceError(signal?.reason));
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Calls back every `periodMs`, the first time after one period, until cancelled. */
export function every(clock: Clock, periodMs: number, callback: () => void): Timer {
  let timer = clock.after(periodMs, tick);
  function tick() {
    timer = clock.after(periodMs, tick);
    callback();
  }
  return { cancel: () => timer.cancel() };
}
