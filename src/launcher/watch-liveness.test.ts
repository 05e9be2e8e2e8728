import { describe, expect, it } from 'vitest';
import type { Timer } from '../base/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { watchLiveness } from './watch-liveness.ts';

describe('watchLiveness', () => {
  it('leaves a short time for three pings', async () => {
    const clock = new FakeClock();
    let pings = 0;
    const stuck: number[] = [];
    watchLiveness({
      clock,
      stuckAfterMs: 600,
      ping: () => pings++,
      onStuck: (silentMs) => stuck.push(silentMs),
    });
    await clock.advance(10_000);
    expect(pings).toBe(3);
    expect(stuck).toEqual([600]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not hold against a program that the watcher itself was held up', () => {
    let nowMs = 0;
    let tick: () => void = () => undefined;
    const after = (_delayMs: number, callback: () => void): Timer => {
      tick = callback;
      return { cancel: () => (tick = () => undefined) };
    };
    const stuck: number[] = [];
    watchLiveness({
      clock: { now: () => nowMs, after },
      stuckAfterMs: 30_000,
      ping: () => undefined,
      onStuck: (silentMs) => stuck.push(silentMs),
    });
    nowMs = 3_600_000;
    tick();
    expect(stuck).toEqual([]);
    for (let second = 0; second < 28; second++) {
      nowMs += 1_000;
      tick();
    }
    expect(stuck).toEqual([30_000]);
  });
});
