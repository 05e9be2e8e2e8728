import { describe, expect, it } from 'vitest';
import type { Json } from '../../base/index.ts';
import type { SampleStatus, TaskOutput } from '../../sdk/index.ts';
import { scoreOutcomes } from './score.ts';

const ended = (status: SampleStatus, result: Json): TaskOutput => ({
  index: 'a-00000',
  status,
  result,
  history: [],
});

describe('scoreOutcomes', () => {
  it('gives the part of what was passed', () => {
    const results = [
      ended('completed', { result: true }),
      ended('completed', { result: false }),
      ended('completed', { result: true }),
      ended('completed', { result: false }),
    ];
    expect(scoreOutcomes(results)).toEqual({ overall: { total: 4, pass: 2, wrong: 2, acc: 0.5 } });
  });

  it.each([
    'task limit reached',
    'agent context limit',
    'agent validation failed',
    'agent invalid action',
  ] as const)("counts %s as the agent's wrong", (status) => {
    const results = [
      ended('completed', { result: true }),
      ended(status, { result: false }),
      ended(status, null),
    ];
    expect(scoreOutcomes(results)).toMatchObject({ overall: { total: 3, pass: 1, wrong: 2 } });
  });

  it("leaves out what was not the agent's doing", () => {
    const results = [
      ended('completed', { result: true }),
      ended('unknown', { result: false, reason: 'cancelled' }),
      ended('task error', { error: 'the sandbox failed' }),
      ended('completed', null),
    ];
    expect(scoreOutcomes(results)).toEqual({ overall: { total: 1, pass: 1, wrong: 0, acc: 1 } });
  });

  it('is 0 of nothing', () => {
    expect(scoreOutcomes([])).toEqual({ overall: { total: 0, pass: 0, wrong: 0, acc: 0 } });
  });
});
