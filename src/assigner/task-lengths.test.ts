import { describe, expect, it } from 'vitest';
import { SampleOrder } from './sample-order.ts';
import { TaskLengths, type FactorReader } from './task-lengths.ts';
import { UntriedSamples } from './untried-samples.ts';

const many = 5000;

function readAll(reader: FactorReader): Map<unknown, number> {
  const known = new Map<unknown, number>();
  for (let next = reader.next(); next; next = reader.next()) known.set(next.index, next.factor);
  return known;
}

/** Two agents play the samples again and again, each time as long as its number says. */
function playMany(lengths: TaskLengths, count: number): void {
  for (let play = 0; play < count; play++)
    lengths.note({ agent: `agent ${Math.floor(play / 20) % 2}`, index: play % 20, seconds: 1 + (play % 20) });
}

describe('lengths that are followed', () => {
  it('are the same for who reads at once, now and then, and only at the end', () => {
    const lengths = new TaskLengths();
    const [eager, lazy, gone] = [lengths.follow(), lengths.follow(), lengths.follow()];
    gone.close();
    const seen = new Map<unknown, number>();
    for (let round = 0; round < many / 100; round++) {
      playMany(lengths, 100);
      for (const [index, factor] of readAll(eager)) seen.set(index, factor);
    }
    const expected = new Map(Array.from({ length: 20 }, (_, index) => [index, lengths.factorOf(index)]));
    expect(seen).toEqual(expected);
    expect(readAll(lazy)).toEqual(expected);
    expect(readAll(lengths.follow())).toEqual(expected);
    playMany(lengths, 3 * many);
    expect(readAll(eager)).toEqual(readAll(lazy));
    expect(readAll(eager).size).toBe(0);
  });

  it('rank the samples that wait, however often they have changed', () => {
    const lengths = new TaskLengths();
    const order = new SampleOrder(Array.from({ length: 20 }, (_, index) => index));
    const waiting = new UntriedSamples({ order, done: new Set(), lengths });
    playMany(lengths, many);
    expect(waiting.take()).toBe(19);
    playMany(lengths, many);
    const rest = Array.from({ length: 20 }, () => waiting.take());
    expect(rest).toEqual([18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, undefined]);
  });
});
