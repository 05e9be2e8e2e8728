import { every, type Clock } from '../base/index.ts';

export interface LivenessRequest {
  readonly clock: Clock;
  /** A program that has not answered for so long stands still. */
  readonly stuckAfterMs: number;
  /** Asks the program for a sign of life. */
  readonly ping: () => void;
  /** Called once, with how long the program has been silent. */
  readonly onStuck: (silentMs: number) => void;
}

export interface LivenessWatch {
  /** To be called at each sign of life. */
  readonly hear: () => void;
  readonly stop: () => void;
}

const usualPeriodMs = 1_000;

/** Pings a program every second, or oftener where less than three seconds are allowed, until it is stuck or the watch is stopped. */
export function watchLiveness({ clock, stuckAfterMs, ping, onStuck }: LivenessRequest): LivenessWatch {
  const periodMs = Math.min(usualPeriodMs, stuckAfterMs / 3);
  let silentMs = 0;
  let lastTickMs = clock.now();
  const timer = every(clock, periodMs, () => {
    const nowMs = clock.now();
    // While this process itself was held up, an answer could not have been heard: a late tick counts as one.
    silentMs += Math.min(Math.max(0, nowMs - lastTickMs), 2 * periodMs);
    lastTickMs = nowMs;
    if (silentMs < stuckAfterMs) return ping();
    timer.cancel();
    onStuck(silentMs);
  });
  ping();
  return { hear: () => (silentMs = 0), stop: () => timer.cancel() };
}
