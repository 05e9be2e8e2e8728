import { describe, expect, it } from 'vitest';
import { ExpectedLengths } from './expected-lengths.ts';

function learn(...played: readonly [agent: string, task: string, index: number, seconds: number][]) {
  const lengths = new ExpectedLengths();
  for (const [agent, task, index, seconds] of played) lengths.note({ agent, task, index, seconds });
  return (agent: string, task: string, index: number) => lengths.estimate({ agent, task, index });
}

describe('an expected length', () => {
  it('is not there while nothing was played', () => {
    expect(learn()('a', 't', 0)).toBeUndefined();
  });

  it('is the mean of everything for a task that nobody has played', () => {
    expect(learn(['a', 't', 0, 10], ['b', 'u', 0, 30])('a', 'v', 0)).toBe(20);
  });

  it("is the task's mean for an agent that has not played it", () => {
    expect(learn(['a', 't', 0, 10], ['b', 't', 1, 30], ['c', 'u', 1, 900])('c', 't', 5)).toBe(20);
  });

  it("is the agent's mean on the task for a sample that nobody has played", () => {
    expect(learn(['a', 't', 0, 10], ['b', 't', 1, 30], ['a', 'u', 1, 900])('a', 't', 5)).toBe(10);
  });

  it("is the agent's mean times how much longer than theirs the sample took the others", () => {
    const estimate = learn(
      ['b', 't', 0, 10],
      ['b', 't', 1, 30],
      ['c', 't', 1, 200],
      ['c', 't', 2, 200],
      ['a', 't', 0, 6],
    );
    // 30 and 200 where 20 and 200 are usual.
    expect(estimate('a', 't', 1)).toBeCloseTo((6 * 230) / 220);
  });

  it('is not led astray by samples that took no time', () => {
    expect(learn(['b', 't', 0, 0])('a', 't', 0)).toBe(0);
  });
});
