import { schedule, type Demand, type PairDemand } from '../../src/assigner/schedule.ts';
import { atMost, shown, type Figure } from '../figure.ts';
import { others, present, type Order } from '../makespan/orders.ts';
import { simulate } from '../makespan/simulate.ts';
import { boundFromBelow, makeWork } from '../makespan/work.ts';
import type { BenchSettings } from '../settings.ts';
import { median } from '../statistics.ts';

/** How close the order of samples comes to the shortest time that 8 agents on 6 tasks could take, and what a decision costs. */
export async function measure(settings: BenchSettings): Promise<readonly Figure[]> {
  const seeds = settings.quick ? 5 : 50;
  const works = Array.from({ length: seeds }, (_none, position) =>
    makeWork(settings.seed * 1_000 + position),
  );
  const ratioOf = (order: Order) => median(works.map((work) => simulate(work, order) / boundFromBelow(work)));
  const times = { unit: '× the bound', digits: 3 };
  return [
    atMost(present.name, ratioOf(present), { goal: 1.05, ...times }),
    ...others.map((order) => shown(order.name, ratioOf(order), times)),
    atMost('a decision for one free slot, 64 × 64 pairs', timeDecision(1), {
      goal: 1,
      unit: 'ms',
      digits: 2,
    }),
    atMost('the first decision, all 1,024 slots free', timeDecision(16), { goal: 1, unit: 'ms', digits: 2 }),
  ];
}

const side = 64;
const waitingSamples = 1_000_000;

/** Milliseconds, when each agent and task has `free` slots; of one agent and one task alone when that is 1. */
function timeDecision(free: number): number {
  const names = (kind: string) => Array.from({ length: side }, (_none, number) => `${kind}-${number}`);
  const [agents, tasks] = [names('agent'), names('task')];
  const pairs = agents.flatMap((agent) =>
    tasks.map((task): PairDemand => ({
      agent,
      task,
      waiting: Math.ceil(waitingSamples / side ** 2),
      running: 0,
    })),
  );
  const slots = (owners: readonly string[]) =>
    new Map(owners.map((name, position) => [name, free > 1 || position === 0 ? free : 0]));
  const demand: Demand = { pairs, agents: slots(agents), tasks: slots(tasks) };
  const times = Array.from({ length: 201 }, () => {
    const startMs = performance.now();
    schedule(demand);
    return performance.now() - startMs;
  });
  return median(times);
}
