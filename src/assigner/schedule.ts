import { LoadQueue } from './load-queue.ts';
import { maximizeFlow, type FlowEdge } from './max-flow.ts';

/** A pair of an agent and a task, as the scheduler sees it. */
export interface PairDemand {
  readonly agent: string;
  readonly task: string;
  /** Samples that could start now. */
  readonly waiting: number;
  /** Samples that are being played; pairs with fewer are served first. */
  readonly running: number;
  /** How many slots the pair gets for one of a pair of weight 1, where both want more; above 0, and 1 unless told. */
  readonly weight?: number;
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
 * do that one that serves pairs with few running samples for their weight first.
 */
export function schedule(demand: Demand): number[] {
  const counts = new Array<number>(demand.pairs.length).fill(0);
  const market = openMarket(demand);
  const isComplete = shareSlots(market);
  for (const { position, given } of isComplete ? market.bidders : completeShares(market))
    counts[position] = given;
  return counts;
}

/** One side of the market, an agent or a task. */
interface Side {
  readonly free: number;
  /** What of it the shares leave. */
  left: number;
  /** Its node in the flow. */
  readonly node: number;
}

/** A pair that can start something. */
interface Bidder {
  readonly position: number;
  readonly pair: PairDemand;
  readonly agent: Side;
  readonly task: Side;
  given: number;
}

interface Market {
  readonly agents: readonly Side[];
  readonly tasks: readonly Side[];
  readonly bidders: readonly Bidder[];
}

function openMarket({ pairs, agents, tasks }: Demand): Market {
  const agentSides = openSides(agents, 1);
  const taskSides = openSides(tasks, 1 + agentSides.size);
  const bidders: Bidder[] = [];
  pairs.forEach((pair, position) => {
    if (pair.waiting <= 0) return;
    const agent = agentSides.get(pair.agent);
    const task = agent && taskSides.get(pair.task);
    if (!task) return;
    bidders.push({ position, pair, agent, task, given: 0 });
  });
  return { agents: [...agentSides.values()], tasks: [...taskSides.values()], bidders };
}

function openSides(slots: ReadonlyMap<string, number>, firstNode: number): Map<string, Side> {
  const sides = new Map<string, Side>();
  for (const [name, free] of slots)
    if (free > 0) sides.set(name, { free, left: free, node: firstNode + sides.size });
  return sides;
}

/**
 * Gives slots one at a time to the pair that has fewest. Fair, but not always as many as possible: the flow adds what is missing. True
 * when nothing can be missing, since one side has no slot left or every pair has all that it wants.
 */
function shareSlots({ agents, tasks, bidders }: Market): boolean {
  const loads = new Float64Array(bidders.length);
  bidders.forEach((bidder, number) => (loads[number] = loadOf(bidder)));
  const queue = new LoadQueue(loads);
  let slots = Math.min(sumOf(agents), sumOf(tasks));
  let isSatisfied = true;
  while (slots > 0 && queue.first !== undefined) {
    const bidder = bidders[queue.first] as Bidder;
    const { pair, agent, task } = bidder;
    if (agent.left === 0 || task.left === 0) {
      isSatisfied = false;
      queue.removeFirst();
      continue;
    }
    agent.left--;
    task.left--;
    slots--;
    bidder.given++;
    if (bidder.given < pair.waiting) queue.setFirst(loadOf(bidder));
    else queue.removeFirst();
  }
  return isSatisfied || slots === 0;
}

function loadOf({ pair, given }: Bidder): number {
  return (pair.running + given) / (pair.weight ?? 1);
}

function sumOf(sides: readonly Side[]): number {
  return sides.reduce((sum, { free }) => sum + free, 0);
}

/** Adds by the largest flow what the shares leave unused. */
function completeShares({ agents, tasks, bidders }: Market): Pick<Bidder, 'position' | 'given'>[] {
  const sink = 1 + agents.length + tasks.length;
  // The pairs' edges come first, so that their flows are the head of the answer.
  const edges: FlowEdge[] = [
    ...bidders.map(({ pair, agent, task, given }) => ({
      from: agent.node,
      to: task.node,
      capacity: pair.waiting,
      flow: given,
    })),
    ...agents.map(({ node, free, left }) => ({ from: 0, to: node, capacity: free, flow: free - left })),
    ...tasks.map(({ node, free, left }) => ({ from: node, to: sink, capacity: free, flow: free - left })),
  ];
  const flows = maximizeFlow({ nodeCount: sink + 1, source: 0, sink, edges });
  return bidders.map(({ position }, edge) => ({ position, given: flows[edge] ?? 0 }));
}
