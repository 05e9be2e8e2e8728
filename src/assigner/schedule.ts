import { maximizeFlow, type FlowEdge } from './max-flow.ts';

/** A pair of an agent and a task, as the scheduler sees it. */
export interface PairDemand {
  readonly agent: string;
  readonly task: string;
  /** Samples that could start now. */
  readonly waiting: number;
  /** Samples that are being played; pairs with fewer are served first. */
  readonly running: number;
}

export interface Demand {
  readonly pairs: readonly PairDemand[];
  /** Free slots by agent. */
  readonly agents: ReadonlyMap<string, number>;
  /** Free slots by task. */
  readonly tasks: ReadonlyMap<string, number>;
}

/**
 * How many samples of each pair start now, in the order of `pairs`: as many in all as the free slots allow, and among the ways to
 * do that one that serves pairs with few running samples first.
 */
export function schedule(demand: Demand): number[] {
  const counts = demand.pairs.map(() => 0);
  const canStart = (pair: PairDemand) =>
    pair.waiting > 0 && (demand.agents.get(pair.agent) ?? 0) > 0 && (demand.tasks.get(pair.task) ?? 0) > 0;
  const positions = [...demand.pairs.keys()].filter((position) =>
    canStart(demand.pairs[position] as PairDemand),
  );
  if (positions.length === 0) return counts;
  const pairs = positions.map((position) => demand.pairs[position] as PairDemand);
  completeShares({ ...demand, pairs }).forEach((count, at) => (counts[positions[at] as number] = count));
  return counts;
}

/** Starts from fair shares and adds by the largest flow what they leave unused. */
function completeShares(demand: Demand): number[] {
  const counts = shareSlots(demand);
  const agents = numberNames(
    demand.pairs.map((pair) => pair.agent),
    1,
  );
  const tasks = numberNames(
    demand.pairs.map((pair) => pair.task),
    1 + agents.size,
  );
  const sink = 1 + agents.size + tasks.size;
  const used = new Array<number>(sink).fill(0);
  // The pairs' edges come first, so that their flows are the head of the answer.
  const edges = demand.pairs.map((pair, position): FlowEdge => {
    const flow = counts[position] ?? 0;
    const from = agents.get(pair.agent) as number;
    const to = tasks.get(pair.task) as number;
    for (const node of [from, to]) used[node] = (used[node] ?? 0) + flow;
    return { from, to, capacity: pair.waiting, flow };
  });
  for (const [agent, node] of agents)
    edges.push({ from: 0, to: node, capacity: demand.agents.get(agent) ?? 0, flow: used[node] ?? 0 });
  for (const [task, node] of tasks)
    edges.push({ from: node, to: sink, capacity: demand.tasks.get(task) ?? 0, flow: used[node] ?? 0 });
  return maximizeFlow({ nodeCount: sink + 1, source: 0, sink, edges }).slice(0, demand.pairs.length);
}

/** Gives slots one at a time to the pair that has fewest. Fair, but not always as many as possible: the flow adds what is missing. */
function shareSlots(demand: Demand): number[] {
  const counts = demand.pairs.map(() => 0);
  const agents = new Map(demand.agents);
  const tasks = new Map(demand.tasks);
  for (;;) {
    let best = -1;
    let fewest = Infinity;
    demand.pairs.forEach((pair, position) => {
      const given = counts[position] ?? 0;
      const load = pair.running + given;
      if (load >= fewest || given >= pair.waiting) return;
      if ((agents.get(pair.agent) ?? 0) <= 0 || (tasks.get(pair.task) ?? 0) <= 0) return;
      best = position;
      fewest = load;
    });
    const pair = demand.pairs[best];
    if (!pair) return counts;
    counts[best] = (counts[best] ?? 0) + 1;
    agents.set(pair.agent, (agents.get(pair.agent) ?? 0) - 1);
    tasks.set(pair.task, (tasks.get(pair.task) ?? 0) - 1);
  }
}

function numberNames(names: readonly string[], first: number): Map<string, number> {
  return new Map([...new Set(names)].map((name, position) => [name, first + position]));
}
