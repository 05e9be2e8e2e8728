import { describe, expect, it } from 'vitest';
import { schedule, type Demand, type PairDemand } from './schedule.ts';

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
    let state = 7;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 200; round++) {
      const agents = new Map(['a', 'b', 'c'].map((name) => [name, random(4)]));
      const tasks = new Map(['t', 'u'].map((name) => [name, random(4)]));
      const all = [...agents.keys()].flatMap((agent) =>
        [...tasks.keys()].map((task) => pair(agent, task, random(4), random(3))),
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
});
