import { describe, expect, it } from 'vitest';
import { sleep } from '../base/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import type { Fault } from './fault.ts';
import { playSchedule } from './play-schedule.ts';

const kill = (atMs: number): Fault => ({ kind: 'kill', program: 'controller', holdMs: 0, atMs });
const delay = (atMs: number): Fault => ({ kind: 'delay', link: 'workers-controller', holdMs: 0, atMs });

function play(schedule: readonly Fault[], breathMs = 0) {
  const clock = new FakeClock();
  const beganMs = clock.now();
  const stop = new AbortController();
  const struck: [Fault['kind'], number][] = [];
  const state = { isDone: false };
  const playing = playSchedule({
    schedule,
    limitMs: 10_000,
    clock,
    breathe: (signal) => sleep(clock, breathMs, signal),
    strike: async ({ kind }) => void struck.push([kind, clock.now() - beganMs]),
    signal: stop.signal,
  }).then(() => (state.isDone = true));
  return { clock, stop, struck, state, playing };
}

describe('playSchedule', () => {
  it('does each fault at its time', async () => {
    const { clock, struck, playing } = play([delay(100), kill(200), delay(300)]);
    await clock.advance(300);
    await playing;
    expect(struck).toEqual([
      ['delay', 100],
      ['kill', 200],
      ['delay', 300],
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('puts everything off by the breath before a fault that halts the system', async () => {
    const { clock, struck, playing } = play([delay(100), kill(200), delay(300)], 1_000);
    await clock.advance(1_300);
    await playing;
    expect(struck).toEqual([
      ['delay', 100],
      ['kill', 1_200],
      ['delay', 1_300],
    ]);
  });

  it.each(['its limit', 'the signal'])('begins no fault after %s', async (what) => {
    const { clock, stop, struck, playing } = play([delay(100), kill(20_000)]);
    await clock.advance(500);
    if (what === 'the signal') stop.abort(new Error('enough'));
    else await clock.advance(10_000);
    await playing;
    expect(struck).toEqual([['delay', 100]]);
    expect(clock.pendingTimers).toBe(0);
  });
});
