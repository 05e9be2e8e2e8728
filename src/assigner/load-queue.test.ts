import { describe, expect, it } from 'vitest';
import { LoadQueue } from './load-queue.ts';

describe('LoadQueue', () => {
  it('has the least load first, and the lower number of two (against looking through all)', () => {
    let state = 3;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 100; round++) {
      const loads = Float64Array.from({ length: random(30) }, () => random(6) / 2);
      const queue = new LoadQueue(loads.slice());
      const left = new Set(loads.keys());
      while (left.size > 0) {
        const least = Math.min(...[...left].map((number) => loads[number] ?? 0));
        const first = [...left].find((number) => loads[number] === least) as number;
        expect(queue.first).toBe(first);
        if (random(3) === 0) {
          queue.removeFirst();
          left.delete(first);
        } else {
          loads[first] = least + random(4) / 2;
          queue.setFirst(loads[first]);
        }
      }
      expect(queue.first).toBeUndefined();
    }
  });
});
