import { maximizeFlow, type FlowEdge } from '../../src/assigner/max-flow.ts';
import { schedule, type Demand } from '../../src/assigner/schedule.ts';

/** A way to play an evaluation: how many samples of each pair start now, and which of a pair's samples is next. */
export interface Order {
  readonly name: string;
  readonly decide: (demand: Demand) => readonly number[];
  /** Sorts a pair's samples, by their lengths, into the order in which they are taken. */
  readonly arrange: (lengths: readonly number[]) => readonly number[];
}

const asTheyCome = (lengths: readonly number[]) => lengths;
const longestFirst = (lengths: readonly number[]) => [...lengths].sort((left, right) => right - left);
const shortestFirst = (lengths: readonly number[]) => [...lengths].sort((left, right) => left - right);

/** What the assigner does. */
export const present: Order = { name: 'the assigner', decide: schedule, arrange: asTheyCome };

/** For comparison: the largest flow as it comes out, and as much as could be won or lost by the order of samples alone. */
export const others: readonly Order[] = [
  { name: 'plain max-flow order', decide: decideByFlowAlone, arrange: asTheyCome },
  { name: 'the assigner, lengths known, longest first', decide: schedule, arrange: longestFirst },
  { name: 'the assigner, lengths known, shortest first', decide: schedule, arrange: shortestFirst },
];

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
