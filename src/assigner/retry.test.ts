import { describe, expect, it } from 'vitest';
import type { RunError } from '../protocol/index.ts';
import { planRetry } from './retry.ts';

const rule = { autoRetry: true, maxAttempts: 3, retryPauseMs: 1_000 };
const failureOf = (error: RunError) => ({ error, info: '', output: null });

describe('planRetry', () => {
  it.each(['START_FAILED', 'NETWORK_ERROR', 'AGENT_FAILED', 'INTERACT_FAILED'] as const)(
    'has a sample that failed with %s tried again, later each time and not for ever',
    (error) => {
      const pauses = [1, 2, 3].map((attempt) => planRetry(failureOf(error), attempt, rule));
      expect(pauses).toEqual([1_000, 2_000, undefined]);
    },
  );

  it('has nothing tried again unless asked for', () => {
    expect(planRetry(failureOf('AGENT_FAILED'), 1, { ...rule, autoRetry: false })).toBeUndefined();
  });
});
