import { sleep, type Clock } from '../base/index.ts';
import { haltsSystem, type Fault } from './fault.ts';

export interface SchedulePlay {
  readonly schedule: readonly Fault[];
  /** How long all of it may take. */
  readonly limitMs: number;
  readonly clock: Clock;
  /** Lets the system get going before it is halted again. */
  readonly breathe: (signal: AbortSignal) => Promise<void>;
  /** Does one fault; several may be under way at once. */
  readonly strike: (fault: Fault, signal: AbortSignal) => Promise<void>;
  /** No further fault is begun when it is aborted. */
  readonly signal: AbortSignal;
}

/**
 * Does the faults at their times, which are put off by as long as the system needed to breathe. Resolves when they are done, or the limit
 * is reached, or the signal was aborted, and no fault is left under way.
 */
export async function playSchedule(play: SchedulePlay): Promise<void> {
  const { schedule, limitMs, clock, breathe, strike, signal } = play;
  const over = new AbortController();
  const timer = clock.after(limitMs, () => over.abort(new Error('the faults have taken their time')));
  const either = AbortSignal.any([signal, over.signal]);
  const strikes: Promise<void>[] = [];
  let beganMs = clock.now();
  try {
    for (const fault of schedule) {
      await sleep(clock, Math.max(0, beganMs + fault.atMs - clock.now()), either);
      const dueMs = clock.now();
      if (haltsSystem(fault)) await breathe(either);
      beganMs += clock.now() - dueMs;
      strikes.push(strike(fault, either));
    }
  } catch (error) {
    if (!either.aborted) throw error;
  } finally {
    // Cuts that wait for a message are given up with the last fault; the limit holds for them, too.
    if (!either.aborted) await Promise.race([Promise.all(strikes), whenAborted(either)]);
    over.abort();
    timer.cancel();
    await Promise.all(strikes);
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
