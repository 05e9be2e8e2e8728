import { describe, expect, it } from 'vitest';
import { causes, type Cause } from '../protocol/index.ts';
import type { Failure } from './failure.ts';
import { planRetry } from './retry.ts';

const rule = { autoRetry: true, maxAttempts: 3, retryPauseMs: 1_000, poisonAfter: 3 };

function failureOf(cause: Cause, changes: Partial<Failure> = {}): Failure {
  return { error: 'INTERACT_FAILED', info: '', output: null, cause, code: 'x', sentence: '', ...changes };
}

const pausesOf = (failure: Failure) =>
  [1, 2, 3].map((attempt) => planRetry({ failure, attempt, deaths: 0 }, rule));

describe('planRetry', () => {
  it('has failures of the infrastructure tried again, later each time and not for ever', () => {
    const tried = causes.filter((cause) => pausesOf(failureOf(cause))[0] !== undefined);
    expect(tried).toEqual(['task', 'worker', 'controller', 'model-api', 'limit']);
    expect(pausesOf(failureOf('worker'))).toEqual([1_000, 2_000, undefined]);
  });

  it('has nothing tried again unless asked for', () => {
    const failed = { failure: failureOf('worker'), attempt: 1, deaths: 0 };
    expect(planRetry(failed, { ...rule, autoRetry: false })).toBeUndefined();
  });

  it('has no agent tried again that its model API refuses', () => {
    expect(pausesOf(failureOf('model-api', { stopsAgent: true }))[0]).toBeUndefined();
  });

  it('has a sample that kills its workers not tried for ever, however many attempts there are', () => {
    const generous = { ...rule, maxAttempts: 10 };
    const plan = (deaths: number) =>
      planRetry({ failure: failureOf('worker'), attempt: deaths, deaths }, generous);
    expect([1, 2, 3].map(plan)).toEqual([1_000, 2_000, undefined]);
  });
});
