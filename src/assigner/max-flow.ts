/** An edge of a flow network. `flow` is what it carries to begin with, at most `capacity`. */
export interface FlowEdge {
  readonly from: number;
  readonly to: number;
  readonly capacity: number;
  readonly flow?: number;
}

export interface FlowNetwork {
  /** Nodes are the numbers below this. */
  readonly nodeCount: number;
  readonly source: number;
  readonly sink: number;
  readonly edges: readonly FlowEdge[];
}

/** Residual arcs: the arc 2 i is edge i, the arc 2 i + 1 its way back. */
interface Residual {
  readonly network: FlowNetwork;
  readonly room: Float64Array;
  readonly ends: Int32Array;
  /** The arcs, those from one node together, and where those of each node begin. */
  readonly arcs: Int32Array;
  readonly firstOf: Int32Array;
}

/**
 * Gives each edge's share of a largest flow from source to sink (Dinic's algorithm). A flow that is there already is only ever added
 * to: what leaves the source through an edge, or reaches the sink through one, never becomes less.
 */
export function maximizeFlow(network: FlowNetwork): number[] {
  const residual = buildResidual(network);
  for (let levels = findLevels(residual); levels; levels = findLevels(residual)) {
    const walk = { residual, levels, nextArc: residual.firstOf.slice() };
    while (pushFlow(walk, network.source, Number.MAX_SAFE_INTEGER) > 0);
  }
  return network.edges.map((_, edge) => residual.room[2 * edge + 1] ?? 0);
}

function buildResidual(network: FlowNetwork): Residual {
  const { edges, nodeCount } = network;
  const room = new Float64Array(2 * edges.length);
  const ends = new Int32Array(2 * edges.length);
  const firstOf = new Int32Array(nodeCount + 1);
  edges.forEach(({ from, to, capacity, flow = 0 }, edge) => {
    room[2 * edge] = capacity - flow;
    room[2 * edge + 1] = flow;
    ends[2 * edge] = to;
    ends[2 * edge + 1] = from;
    for (const node of [from, to]) firstOf[node + 1] = at(firstOf, node + 1) + 1;
  });
  for (let node = 0; node < nodeCount; node++) firstOf[node + 1] = at(firstOf, node + 1) + at(firstOf, node);
  const arcs = new Int32Array(ends.length);
  const placeOf = firstOf.slice();
  for (let arc = 0; arc < ends.length; arc++) {
    const node = at(ends, arc ^ 1);
    const place = at(placeOf, node);
    arcs[place] = arc;
    placeOf[node] = place + 1;
  }
  return { network, room, ends, arcs, firstOf };
}

/** A place that is known to be there. */
function at(numbers: Int32Array | Float64Array, place: number): number {
  return numbers[place] as number;
}

/** Each node's distance from the source along arcs with room; undefined when the sink cannot be reached. */
function findLevels({ network, room, ends, arcs, firstOf }: Residual): Int32Array | undefined {
  const { nodeCount, source, sink } = network;
  const levels = new Int32Array(nodeCount).fill(-1);
  levels[source] = 0;
  const reached = [source];
  for (const node of reached) {
    for (let place = at(firstOf, node); place < at(firstOf, node + 1); place++) {
      const arc = at(arcs, place);
      const end = at(ends, arc);
      if (at(room, arc) <= 0 || levels[end] !== -1) continue;
      levels[end] = at(levels, node) + 1;
      reached.push(end);
    }
  }
  return levels[sink] === -1 ? undefined : levels;
}

interface Walk {
  readonly residual: Residual;
  readonly levels: Int32Array;
  /** By node, the place of the first arc that may still lead on. */
  readonly nextArc: Int32Array;
}

/** Sends up to `limit` from `node` to the sink along one shortest path; gives what arrived. */
function pushFlow(walk: Walk, node: number, limit: number): number {
  const { residual, levels, nextArc } = walk;
  const { network, room, ends, arcs, firstOf } = residual;
  if (node === network.sink) return limit;
  for (let place = at(nextArc, node); place < at(firstOf, node + 1); place++) {
    nextArc[node] = place;
    const arc = at(arcs, place);
    const end = at(ends, arc);
    if (at(room, arc) <= 0 || at(levels, end) !== at(levels, node) + 1) continue;
    const pushed = pushFlow(walk, end, Math.min(limit, at(room, arc)));
    if (pushed === 0) continue;
    room[arc] = at(room, arc) - pushed;
    room[arc ^ 1] = at(room, arc ^ 1) + pushed;
    return pushed;
  }
  nextArc[node] = at(firstOf, node + 1);
  return 0;
}
