import { describe, expect, it } from 'vitest';
import type { SampleIndex } from '../protocol/index.ts';
import { ExpectedLengths } from './expected-lengths.ts';
import { SampleOrder } from './sample-order.ts';
import { UntriedSamples } from './untried-samples.ts';

function open(indices: readonly SampleIndex[], done: readonly SampleIndex[] = []) {
  const expected = new ExpectedLengths();
  const order = new SampleOrder(indices);
  const samples = new UntriedSamples({ order, done: new Set(done), lengths: expected.of('t') });
  const note = (agent: string, index: SampleIndex, seconds: number) =>
    expected.note({ agent, task: 't', index, seconds });
  return { expected, samples, note };
}

function takeAll(samples: UntriedSamples): SampleIndex[] {
  const taken: SampleIndex[] = [];
  for (let index = samples.take(); index !== undefined; index = samples.take()) taken.push(index);
  return taken;
}

describe('the next sample', () => {
  it("is the next in the task's order while no length is known", () => {
    const { samples } = open(['x', 0, 'y', 1], [0]);
    expect(samples.size).toBe(3);
    expect(takeAll(samples)).toEqual(['x', 'y', 1]);
    expect(samples.size).toBe(0);
  });

  it('is the one that took others longest, then those that nobody has played, last those that took others little', () => {
    const { samples, note } = open([0, 1, 2, 3, 4, 5]);
    for (const [index, seconds] of [10, 30, 20, 60].entries()) note('b', index, seconds);
    expect(takeAll(samples)).toEqual([3, 1, 4, 5, 2, 0]);
  });

  it("is found by what is usual for those who played it, and in the task's order where that is the same", () => {
    const { samples, note } = open([0, 1, 2, 3]);
    // The slow agent takes ten times as long: its 100 are less than the 15 of the quick one.
    for (const [index, seconds] of [100, 100].entries()) note('slow', index, seconds);
    note('quick', 2, 15);
    note('quick', 3, 5);
    expect(takeAll(samples)).toEqual([2, 0, 1, 3]);
  });

  it('changes with what becomes known in between', () => {
    const { samples, note } = open([0, 1, 2, 3, 4]);
    note('b', 0, 10);
    note('b', 4, 30);
    expect(samples.take()).toBe(4);
    note('b', 3, 50);
    note('b', 4, 90);
    expect(samples.take()).toBe(3);
    // With a third agent, sample 0 is no longer a short one.
    note('c', 1, 1);
    note('c', 0, 99);
    expect(takeAll(samples)).toEqual([0, 2, 1]);
  });

  it('is none that was removed, of whichever kind', () => {
    const { samples, note } = open([0, 1, 2, 3]);
    note('b', 2, 50);
    note('b', 3, 10);
    expect([samples.remove(0), samples.remove(2), samples.remove(0), samples.remove(9)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(samples.size).toBe(2);
    expect(takeAll(samples)).toEqual([1, 3]);
  });

  it('is none after all were cleared, though more becomes known', () => {
    const { samples, note } = open([0, 1, 2]);
    note('b', 1, 5);
    samples.clear();
    note('b', 0, 9);
    expect([samples.size, samples.take()]).toEqual([0, undefined]);
  });

  it('is the first by factor and order, whatever happens before (against sorting all of them)', () => {
    let state = 11;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 60; round++) {
      const indices = Array.from({ length: 1 + random(40) }, (_none, position) => position);
      const { expected, samples, note } = open(indices);
      const left = new Set(indices);
      const factorOf = (index: number) => expected.of('t').factorOf(index) ?? 1;
      while (left.size > 0) {
        const notes = random(4);
        for (let count = 0; count < notes; count++)
          note('abc'[random(3)] ?? 'a', random(indices.length), 1 + random(20));
        const sorted = [...left].sort((one, other) => factorOf(other) - factorOf(one) || one - other);
        expect(samples.take()).toBe(sorted[0]);
        left.delete(sorted[0] as number);
      }
    }
  });
});
