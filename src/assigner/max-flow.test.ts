import { describe, expect, it } from 'vitest';
import { maximizeFlow, type FlowEdge, type FlowNetwork } from './max-flow.ts';

/** A small generator of its own, so that a failing case can be played again. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** By the theorem, the largest flow is the smallest cut; all cuts are tried. */
function smallestCut({ nodeCount, source, sink, edges }: FlowNetwork): number {
  let smallest = Infinity;
  for (let side = 0; side < 2 ** nodeCount; side++) {
    const isInside = (node: number) => (side >> node) % 2 === 1;
    if (!isInside(source) || isInside(sink)) continue;
    const cut = edges.filter((edge) => isInside(edge.from) && !isInside(edge.to));
    smallest = Math.min(
      smallest,
      cut.reduce((sum, edge) => sum + edge.capacity, 0),
    );
  }
  return smallest;
}

function excessOf(network: FlowNetwork, flows: readonly number[], node: number): number {
  const sum = (end: 'from' | 'to') =>
    network.edges.reduce(
      (total, edge, position) => total + (edge[end] === node ? (flows[position] ?? 0) : 0),
      0,
    );
  return sum('to') - sum('from');
}

describe('maximizeFlow', () => {
  it('is as large as the smallest cut, within all capacities, and loses nothing in between', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = makeRandom(seed);
      const nodeCount = 2 + random(6);
      const edges: FlowEdge[] = [];
      for (let count = random(14); count > 0; count--) {
        const from = random(nodeCount);
        const to = random(nodeCount);
        if (from !== to) edges.push({ from, to, capacity: random(6) });
      }
      const network = { nodeCount, source: 0, sink: nodeCount - 1, edges };
      const flows = maximizeFlow(network);
      flows.forEach((flow, position) => {
        expect(flow, `seed ${seed}`).toBeGreaterThanOrEqual(0);
        expect(flow, `seed ${seed}`).toBeLessThanOrEqual(edges[position]?.capacity ?? 0);
      });
      for (let node = 1; node < nodeCount - 1; node++) expect(excessOf(network, flows, node)).toBe(0);
      expect(excessOf(network, flows, network.sink), `seed ${seed}`).toBe(smallestCut(network));
    }
  });

  it('reroutes a flow that is there where that makes room for more', () => {
    // 0 is the source, 5 the sink; the given flow takes the only way that node 2 has.
    const edges = [
      { from: 0, to: 1, capacity: 1, flow: 1 },
      { from: 0, to: 2, capacity: 1 },
      { from: 1, to: 3, capacity: 1, flow: 1 },
      { from: 1, to: 4, capacity: 1 },
      { from: 2, to: 3, capacity: 1 },
      { from: 3, to: 5, capacity: 1, flow: 1 },
      { from: 4, to: 5, capacity: 1 },
    ];
    expect(maximizeFlow({ nodeCount: 6, source: 0, sink: 5, edges })).toEqual([1, 1, 0, 1, 1, 1, 1]);
  });
});
