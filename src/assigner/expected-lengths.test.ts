import { describe, expect, it } from 'vitest';
import { ExpectedLengths } from './expected-lengths.ts';

function learn(...played: readonly [agent: string, task: string, index: number, seconds: number][]) {
  const lengths = new ExpectedLengths();
  for (const [agent, task, index, seconds] of played) lengths.note({ agent, task, index, seconds });
  return (task: string) => lengths.of(task);
}

describe('what is known of lengths', () => {
  it('is nothing while nobody has played the task', () => {
    expect(learn(['a', 'u', 0, 10])('t').factorOf(0)).toBeUndefined();
  });

  it('is of a sample how much longer it took than those who played it usually take', () => {
    const lengths = learn(['b', 't', 0, 10], ['b', 't', 1, 30], ['c', 't', 1, 200], ['c', 't', 2, 200]);
    // 30 and 200 where 20 and 200 are usual.
    expect(lengths('t').factorOf(1)).toBeCloseTo(230 / 220);
  });

  it('is not led astray by samples that took no time', () => {
    expect(learn(['b', 't', 0, 0])('t').factorOf(0)).toBe(1);
  });
});
