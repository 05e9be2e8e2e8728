import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { Breather } from './breather.ts';

const never = new AbortController().signal;

function createBreather() {
  const clock = new FakeClock();
  const state = { progress: 0, waits: 0 };
  const breather = new Breather({ clock, readProgress: () => state.progress });
  const wait = (signal = never) => breather.wait(signal).then(() => void state.waits++);
  return { clock, state, wait };
}

describe('Breather', () => {
  it('waits until the system has played since the last time', async () => {
    const { clock, state, wait } = createBreather();
    for (const round of [0, 1]) {
      const waited = wait();
      await clock.advance(1_000);
      expect(state.waits).toBe(round);
      state.progress += 50;
      await clock.advance(100);
      await waited;
      expect(state.waits).toBe(round + 1);
    }
  });

  it('does not wait for ever for a system that does not play', async () => {
    const { clock, wait } = createBreather();
    const waited = wait();
    await clock.advance(6_000);
    await waited;
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives up when it is over', async () => {
    const { clock, wait } = createBreather();
    const over = new AbortController();
    const waited = wait(over.signal);
    over.abort(new Error('over'));
    await expect(waited).rejects.toThrow('over');
    expect(clock.pendingTimers).toBe(0);
  });
});
