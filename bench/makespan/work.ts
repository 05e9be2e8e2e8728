import { createRandom, pickFactor, pickHeavyTailed, pickInteger } from '../random.ts';
import { sum } from '../statistics.ts';

/** A whole evaluation on paper. */
export interface Work {
  /** Slots by agent and by task. */
  readonly agents: ReadonlyMap<string, number>;
  readonly tasks: ReadonlyMap<string, number>;
  readonly pairs: readonly PairOfWork[];
}

export interface PairOfWork {
  readonly agent: string;
  readonly task: string;
  /** How long each sample takes, in the task's order. */
  readonly lengths: readonly number[];
}

const agentCount = 8;
const taskCount = 6;

/**
 * Every agent plays every task. A sample takes its task's usual time, times its agent's slowness, times its own difficulty, which is
 * the same for all agents and heavy-tailed, times luck.
 */
export function makeWork(seed: number): Work {
  const random = createRandom(seed);
  const slotsOf = (names: readonly string[], least: number, most: number) =>
    new Map(names.map((name) => [name, pickInteger(random, least, most)]));
  const agentNames = Array.from({ length: agentCount }, (_none, number) => `agent-${number}`);
  const taskNames = Array.from({ length: taskCount }, (_none, number) => `task-${number}`);
  const agents = slotsOf(agentNames, 4, 16);
  const tasks = slotsOf(taskNames, 6, 24);
  const slowness = new Map(agentNames.map((name) => [name, pickFactor(random, 0.5)]));
  const pairs = taskNames.flatMap((task) => {
    const usual = 10 * pickFactor(random, 0.7);
    const difficulties = Array.from({ length: pickInteger(random, 30, 120) }, () =>
      pickHeavyTailed(random, { tail: 1.3, cap: 40 }),
    );
    return agentNames.map((agent) => {
      const scale = usual * (slowness.get(agent) ?? 1);
      return {
        agent,
        task,
        lengths: difficulties.map((difficulty) => scale * difficulty * pickFactor(random, 0.3)),
      };
    });
  });
  return { agents, tasks, pairs };
}

/** No order can be faster: the busiest agent or task with all its slots always busy, all slots together, the longest sample. */
export function boundFromBelow({ agents, tasks, pairs }: Work): number {
  const loadOf = (own: readonly PairOfWork[]) => sum(own.flatMap((pair) => pair.lengths));
  const bounds = [
    ...[...agents].map(([name, slots]) => loadOf(pairs.filter(({ agent }) => agent === name)) / slots),
    ...[...tasks].map(([name, slots]) => loadOf(pairs.filter(({ task }) => task === name)) / slots),
    loadOf(pairs) / Math.min(sum([...agents.values()]), sum([...tasks.values()])),
    ...pairs.flatMap((pair) => pair.lengths),
  ];
  return bounds.reduce((most, bound) => Math.max(most, bound), 0);
}
