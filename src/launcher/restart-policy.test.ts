import { describe, expect, it } from 'vitest';
import { decideRestart } from './restart-policy.ts';

const policy = { firstPauseMs: 500, largestPauseMs: 3_000, crashLimit: 5, steadyAfterMs: 60_000 };

describe('decideRestart', () => {
  it('doubles the pause with each crash in a row, up to the largest', () => {
    const pauses = [0, 1, 2, 3].map((earlier) => decideRestart(policy, earlier, 10));
    expect(pauses).toEqual([
      { kind: 'restart', crashes: 1, pauseMs: 500 },
      { kind: 'restart', crashes: 2, pauseMs: 1_000 },
      { kind: 'restart', crashes: 3, pauseMs: 2_000 },
      { kind: 'restart', crashes: 4, pauseMs: 3_000 },
    ]);
  });

  it('gives up at the limit', () => {
    expect(decideRestart(policy, 4, 10)).toEqual({ kind: 'give-up', crashes: 5 });
  });

  it('starts a new row after a steady time', () => {
    expect(decideRestart(policy, 4, 60_000)).toEqual({ kind: 'restart', crashes: 1, pauseMs: 500 });
  });
});
