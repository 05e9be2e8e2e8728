import { describe, expect, it } from 'vitest';
import { nameFault } from './fault.ts';
import { makeSchedule } from './schedule.ts';

const request = { durationMs: 60_000, perMinute: 78 };

describe('makeSchedule', () => {
  it('makes the same faults for the same seed, and others for another', () => {
    const first = makeSchedule({ seed: 7, ...request });
    expect(first).toHaveLength(78);
    expect(makeSchedule({ seed: 7, ...request })).toEqual(first);
    expect(makeSchedule({ seed: 8, ...request })).not.toEqual(first);
  });

  it('spreads every kind over the whole duration, in the order of their times', () => {
    const schedule = makeSchedule({ seed: 1, ...request });
    const times = schedule.map(({ atMs }) => atMs);
    expect([...times].sort((left, right) => left - right)).toEqual(times);
    expect(times.at(-1)).toBeLessThan(60_000);
    const names = [...new Set(schedule.map(nameFault))];
    expect(names).toHaveLength(13);
    for (const name of names) {
      for (const third of [0, 1, 2]) {
        const inThird = schedule.filter(
          (fault) => nameFault(fault) === name && Math.floor(fault.atMs / 20_000) === third,
        );
        expect(inThird.length, `${name} in third ${third}`).toBeGreaterThanOrEqual(1);
      }
    }
  });

  it('stops some programs for longer than they may be silent, and others for less', () => {
    const stops = makeSchedule({ seed: 1, ...request }).flatMap((fault) =>
      fault.kind === 'stop' ? [fault.holdMs] : [],
    );
    expect(stops.some((holdMs) => holdMs > 4_000)).toBe(true);
    expect(stops.some((holdMs) => holdMs < 2_000)).toBe(true);
  });
});
