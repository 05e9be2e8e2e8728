import type { PairDemand } from '../../src/assigner/schedule.ts';
import type { Chooser, Order } from './orders.ts';
import type { PairOfWork, Work } from './work.ts';

interface Running {
  readonly endsAt: number;
  readonly pair: SimulatedPair;
  /** Of the sample, in the task's order. */
  readonly position: number;
}

interface SimulatedPair extends PairDemand {
  waiting: number;
  running: number;
  readonly work: PairOfWork;
  readonly takeNext: () => number;
}

/** When the last sample ends, if an evaluation is played in an order and nothing but the samples takes time. */
export function simulate(work: Work, order: Order): number {
  const agents = new Map(work.agents);
  const tasks = new Map(work.tasks);
  const chooser = order.begin();
  const pairs = work.pairs.map((pair) => simulatePair(pair, chooser));
  const running: Running[] = [];
  const move = (pair: SimulatedPair, change: 1 | -1) => {
    agents.set(pair.agent, (agents.get(pair.agent) ?? 0) - change);
    tasks.set(pair.task, (tasks.get(pair.task) ?? 0) - change);
    pair.running += change;
  };
  let now = 0;
  for (;;) {
    order.decide({ pairs, agents, tasks }).forEach((count, number) => {
      const pair = pairs[number] as SimulatedPair;
      for (let started = 0; started < count; started++) {
        const position = pair.takeNext();
        pair.waiting--;
        move(pair, 1);
        insert(running, { endsAt: now + lengthOf(pair.work, position), pair, position });
      }
    });
    const next = running.pop();
    if (!next) return now;
    now = next.endsAt;
    move(next.pair, -1);
    chooser.note(next.pair.work, next.position, lengthOf(next.pair.work, next.position));
  }
}

function lengthOf({ lengths }: PairOfWork, position: number): number {
  return lengths[position] ?? 0;
}

function simulatePair(work: PairOfWork, chooser: Chooser): SimulatedPair {
  const { agent, task, lengths } = work;
  return { agent, task, waiting: lengths.length, running: 0, work, takeNext: chooser.open(work) };
}

/** Keeps the list sorted, the first to end last. There are never more than a few dozen. */
function insert(running: Running[], sample: Running): void {
  const position = running.findIndex((other) => other.endsAt < sample.endsAt);
  running.splice(position === -1 ? running.length : position, 0, sample);
}
