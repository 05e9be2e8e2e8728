import { describe, expect, it } from 'vitest';
import { pickMainScore } from './main-score.ts';

describe('pickMainScore', () => {
  it.each([
    [
      { n: 4, score: 0.5 },
      { name: 'score', value: 0.5 },
    ],
    [
      { other_accuracy: 1, overall_cat_accuracy: 0.25 },
      { name: 'overall_cat_accuracy', value: 0.25 },
    ],
    [
      { total: 9, overall: { total: 144, acc: 0.4 } },
      { name: 'overall.acc', value: 0.4 },
    ],
    [{ parts: { easy: 3 } }, { name: 'parts.easy', value: 3 }],
    [
      { win: true, rate: 0 },
      { name: 'rate', value: 0 },
    ],
    [0.75, { name: 'score', value: 0.75 }],
  ])('finds the figure of %j', (custom, expected) => {
    expect(pickMainScore(custom)).toEqual(expected);
  });

  it.each([null, 'fine', [1, 2], {}, { score: 'high' }, undefined])('finds none in %j', (custom) => {
    expect(pickMainScore(custom)).toBeUndefined();
  });
});
