import { describe, expect, it } from 'vitest';
import type { Json } from '../../base/index.ts';
import type { TaskOutput } from '../../sdk/index.ts';
import type { DbBenchSample } from './sample-schema.ts';
import { scoreOutcomes } from './score.ts';

type Played = {
  readonly type: string;
  readonly expected: DbBenchSample['expected'];
  readonly answer: string | null;
};

function score(played: readonly Played[]) {
  const samples = played.map(({ type, expected }): DbBenchSample => {
    return { question: '', kind: type, tables: [], expected, solution: undefined };
  });
  const results = played.map(({ type, answer }, index): TaskOutput => {
    const result: Json = answer === null ? null : { answer, type, error: '' };
    return { index, status: 'completed', result, history: null };
  });
  return scoreOutcomes(results, samples);
}

const nothing = {
  other_accuracy: 0,
  counting_accuracy: 0,
  comparison_accuracy: 0,
  ranking_accuracy: 0,
  'aggregation-SUM_accuracy': 0,
  'aggregation-MIN_accuracy': 0,
  'aggregation-MAX_accuracy': 0,
  'aggregation-AVG_accuracy': 0,
  SELECT_accuracy: 0,
  INSERT_accuracy: 0,
  UPDATE_accuracy: 0,
  overall_cat_accuracy: 0,
};

const right = { expected: ['1'], answer: '[1]' };
const wrong = { expected: ['1'], answer: '[2]' };
const hash = "[('abc',)]";

describe('scoreOutcomes', () => {
  it('gives every figure, 0 without samples, in the order of old', () => {
    expect(score([])).toEqual(nothing);
    expect(Object.keys(score([]))).toEqual(Object.keys(nothing));
  });

  it('counts each category by itself, SELECT over all that change nothing, and the mean of the three kinds', () => {
    const figures = score([
      { type: 'other', ...right },
      { type: 'other', ...wrong },
      { type: 'counting', ...right },
      { type: 'aggregation-SUM', ...right },
      { type: 'INSERT', expected: hash, answer: hash },
      { type: 'UPDATE', expected: hash, answer: hash },
      { type: 'UPDATE', expected: hash, answer: "[('abd',)]" },
    ]);
    expect(figures).toEqual({
      ...nothing,
      other_accuracy: 0.5,
      counting_accuracy: 1,
      'aggregation-SUM_accuracy': 1,
      SELECT_accuracy: 0.75,
      INSERT_accuracy: 1,
      UPDATE_accuracy: 0.5,
      overall_cat_accuracy: (0.75 + 1 + 0.5) / 3,
    });
  });

  it('takes DELETE for a SELECT, judged by its hash', () => {
    expect(score([{ type: 'DELETE', expected: hash, answer: hash }])).toMatchObject({ SELECT_accuracy: 1 });
  });

  it('leaves out outcomes without a result, and counts a wrong answer of a failed sample', () => {
    const figures = score([
      { type: 'other', ...right },
      { type: 'other', expected: ['1'], answer: null },
    ]);
    expect(figures).toMatchObject({ other_accuracy: 1 });
    expect(score([{ type: 'other', expected: ['1'], answer: '' }])).toMatchObject({ other_accuracy: 0 });
  });

  it('takes a sample that was stopped at a limit for wrong, and passes over one that the task failed', () => {
    const samples = [
      { question: '', kind: 'INSERT', tables: [], expected: hash, solution: undefined },
      { question: '', kind: 'UPDATE', tables: [], expected: hash, solution: undefined },
    ];
    const stopped = (index: number, status: TaskOutput['status']): TaskOutput => ({
      index,
      status,
      result: null,
      history: [],
    });
    const done = { ...stopped(0, 'completed'), result: { answer: hash, type: 'INSERT', error: null } };
    expect(scoreOutcomes([done, stopped(0, 'task limit reached')], samples)).toMatchObject({
      INSERT_accuracy: 0.5,
    });
    expect(scoreOutcomes([done, stopped(0, 'task error')], samples)).toMatchObject({ INSERT_accuracy: 1 });
  });
});
