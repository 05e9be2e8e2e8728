import { ExpectedLengths } from '../../src/assigner/expected-lengths.ts';
import { maximizeFlow, type FlowEdge } from '../../src/assigner/max-flow.ts';
import { SampleOrder } from '../../src/assigner/sample-order.ts';
import { schedule, type Demand } from '../../src/assigner/schedule.ts';
import { UntriedSamples } from '../../src/assigner/untried-samples.ts';
import type { PairOfWork } from './work.ts';

/** A way to play an evaluation: how many samples of each pair start now, and which of a pair's samples is next. */
export interface Order {
  readonly name: string;
  readonly decide: (demand: Demand) => readonly number[];
  /** What chooses the samples of one evaluation. */
  readonly begin: () => Chooser;
}

export interface Chooser {
  /** Gives, call by call, which sample of the pair is next. */
  readonly open: (pair: PairOfWork) => () => number;
  /** Told of each sample that has ended, and how long it took. */
  readonly note: (pair: PairOfWork, position: number, seconds: number) => void;
}

/** What the assigner does. */
export const present: Order = { name: 'the assigner', decide: schedule, begin: longestExpectedFirst };

/**
 * For comparison: the largest flow as it comes out, the assigner without its choice of samples, and as much as could be won or lost by the
 * order of samples alone.
 */
export const others: readonly Order[] = [
  { name: 'plain max-flow order', decide: decideByFlowAlone, begin: () => inOrder(() => 0) },
  { name: "the assigner, samples in the task's order", decide: schedule, begin: () => inOrder(() => 0) },
  {
    name: 'the assigner, lengths known, longest first',
    decide: schedule,
    begin: () => inOrder((left, right) => right - left),
  },
  {
    name: 'the assigner, lengths known, shortest first',
    decide: schedule,
    begin: () => inOrder((left, right) => left - right),
  },
];

function longestExpectedFirst(): Chooser {
  const expected = new ExpectedLengths();
  return {
    open: ({ task, lengths }) => {
      const order = new SampleOrder([...lengths.keys()]);
      const samples = new UntriedSamples({ order, done: new Set(), lengths: expected.of(task) });
      return () => Number(samples.take());
    },
    note: ({ agent, task }, index, seconds) => expected.note({ agent, task, index, seconds }),
  };
}

function inOrder(compareLengths: (left: number, right: number) => number): Chooser {
  return {
    open: ({ lengths }) => {
      const positions = [...lengths.keys()].sort((left, right) =>
        compareLengths(lengths[left] ?? 0, lengths[right] ?? 0),
      );
      let next = 0;
      return () => positions[next++] ?? 0;
    },
    note: () => undefined,
  };
}

function decideByFlowAlone({ pairs, agents, tasks }: Demand): readonly number[] {
  const nodes = new Map([...agents.keys(), ...tasks.keys()].map((name, position) => [name, position + 1]));
  const sink = nodes.size + 1;
  const nodeOf = (name: string) => nodes.get(name) ?? sink;
  const edges: FlowEdge[] = [
    ...pairs.map(({ agent, task, waiting }) => ({
      from: nodeOf(agent),
      to: nodeOf(task),
      capacity: waiting,
    })),
    ...[...agents].map(([agent, free]) => ({ from: 0, to: nodeOf(agent), capacity: free })),
    ...[...tasks].map(([task, free]) => ({ from: nodeOf(task), to: sink, capacity: free })),
  ];
  return maximizeFlow({ nodeCount: sink + 1, source: 0, sink, edges }).slice(0, pairs.length);
}
