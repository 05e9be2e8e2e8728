import { describe, expect, it } from 'vitest';
import { schedule, type Demand, type PairDemand } from './schedule.ts';

/** A small generator of its own, so that a failing case can be played again. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The most that can start, by trying everything. */
function mostStarts({ pairs, agents, tasks }: Demand, position = 0): number {
  const pair = pairs[position];
  if (!pair) return 0;
  const agentSlots = agents.get(pair.agent) ?? 0;
  const taskSlots = tasks.get(pair.task) ?? 0;
  let most = 0;
  for (let count = 0; count <= Math.min(pair.waiting, agentSlots, taskSlots); count++) {
    const rest = {
      pairs,
      agents: new Map(agents).set(pair.agent, agentSlots - count),
      tasks: new Map(tasks).set(pair.task, taskSlots - count),
    };
    most = Math.max(most, count + mostStarts(rest, position + 1));
  }
  return most;
}

const pair = (agent: string, task: string, ...[waiting, running = 0]: [number, number?]): PairDemand => ({
  agent,
  task,
  waiting,
  running,
});

describe('schedule', () => {
  it('starts as many as can start, and never more than there are slots', () => {
    const random = makeRandom(7);
    for (let round = 0; round < 200; round++) {
      const agents = new Map(['a', 'b', 'c'].map((name) => [name, random(4)]));
      const tasks = new Map(['t', 'u'].map((name) => [name, random(4)]));
      const all = [...agents.keys()].flatMap((agent) =>
        [...tasks.keys()].map((task) => ({
          ...pair(agent, task, random(4), random(3)),
          weight: 1 + random(2),
        })),
      );
      const demand = { pairs: all.filter(() => random(4) > 0), agents, tasks };
      const counts = schedule(demand);
      const total = counts.reduce((sum, count) => sum + count, 0);
      expect(total, JSON.stringify(demand.pairs)).toBe(mostStarts(demand));
      for (const [side, slots] of [
        ['agent', agents],
        ['task', tasks],
      ] as const) {
        for (const [name, free] of slots) {
          const used = counts.reduce(
            (sum, count, at) => sum + (demand.pairs[at]?.[side] === name ? count : 0),
            0,
          );
          expect(used).toBeLessThanOrEqual(free);
        }
      }
      counts.forEach((count, at) => expect(count).toBeLessThanOrEqual(demand.pairs[at]?.waiting ?? 0));
    }
  });

  it('shares the slots of a task among its pairs', () => {
    const pairs = [pair('a', 't', 100), pair('b', 't', 100), pair('c', 't', 1)];
    const agents = new Map([
      ['a', 10],
      ['b', 10],
      ['c', 10],
    ]);
    expect(schedule({ pairs, agents, tasks: new Map([['t', 5]]) })).toEqual([2, 2, 1]);
  });

  it('gives a slot that came free to the pair that has fewer running', () => {
    const pairs = [pair('a', 't', 100, 3), pair('b', 't', 100, 1)];
    const agents = new Map([
      ['a', 10],
      ['b', 10],
    ]);
    expect(schedule({ pairs, agents, tasks: new Map([['t', 1]]) })).toEqual([0, 1]);
  });

  it('puts an agent on the task that only it can play', () => {
    const pairs = [pair('a', 't', 1), pair('a', 'u', 1), pair('b', 't', 1)];
    const agents = new Map([
      ['a', 1],
      ['b', 1],
    ]);
    const tasks = new Map([
      ['t', 1],
      ['u', 1],
    ]);
    expect(schedule({ pairs, agents, tasks })).toEqual([0, 1, 1]);
  });

  it('shares by weight, what is running counted', () => {
    const weighted = (agent: string, weight: number, running = 0) => ({
      ...pair(agent, 't', 100, running),
      weight,
    });
    const agents = new Map(['a', 'b', 'c'].map((name) => [name, 50]));
    const share = (pairs: readonly PairDemand[], free: number) =>
      schedule({ pairs, agents, tasks: new Map([['t', free]]) });
    expect(share([weighted('a', 2), pair('b', 't', 100), weighted('c', 0.5)], 14)).toEqual([8, 4, 2]);
    expect(share([weighted('a', 2, 8), pair('b', 't', 100, 1)], 3)).toEqual([0, 3]);
    expect(share([weighted('a', 2), pair('b', 't', 1)], 9)).toEqual([8, 1]);
  });

  it('starts as many whatever the weights are', () => {
    const pairs = [
      { ...pair('a', 't', 1), weight: 100 },
      { ...pair('a', 'u', 1), weight: 0.01 },
      pair('b', 't', 1),
    ];
    const one = (...names: string[]) => new Map(names.map((name) => [name, 1]));
    expect(schedule({ pairs, agents: one('a', 'b'), tasks: one('t', 'u') })).toEqual([0, 1, 1]);
  });

  it('is as even as can be where a task limits all (against looking for the least loaded pair again and again)', () => {
    const random = makeRandom(5);
    for (let round = 0; round < 200; round++) {
      const pairs = Array.from({ length: 1 + random(6) }, (_none, number) => ({
        ...pair(`agent-${number}`, 't', random(6), random(4)),
        weight: [0.5, 1, 1, 2, 3][random(5)] ?? 1,
      }));
      const free = random(12);
      const expected = pairs.map(() => 0);
      for (let slot = 0; slot < free; slot++) {
        const loads = pairs.map(({ waiting, running, weight }, at) =>
          (expected[at] ?? 0) < waiting ? (running + (expected[at] ?? 0)) / weight : Infinity,
        );
        const least = Math.min(...loads);
        const first = loads.indexOf(least);
        if (least < Infinity) expected[first] = (expected[first] ?? 0) + 1;
      }
      const agents = new Map(pairs.map(({ agent }) => [agent, 100]));
      expect(schedule({ pairs, agents, tasks: new Map([['t', free]]) })).toEqual(expected);
    }
  });
});
