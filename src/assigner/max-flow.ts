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
  readonly room: number[];
  readonly arcsFrom: readonly number[][];
}

/**
 * Gives each edge's share of a largest flow from source to sink (Dinic's algorithm). A flow that is there already is only ever added
 * to: what leaves the source through an edge, or reaches the sink through one, never becomes less.
 */
export function maximizeFlow(network: FlowNetwork): number[] {
  const residual = buildResidual(network);
  for (let levels = findLevels(residual); levels; levels = findLevels(residual)) {
    const nextArc = new Array<number>(network.nodeCount).fill(0);
    const walk = { residual, levels, nextArc };
    while (pushFlow(walk, network.source, Number.MAX_SAFE_INTEGER) > 0);
  }
  return network.edges.map((_, edge) => residual.room[2 * edge + 1] ?? 0);
}

function buildResidual(network: FlowNetwork): Residual {
  const room: number[] = [];
  const arcsFrom = Array.from({ length: network.nodeCount }, (): number[] => []);
  network.edges.forEach((edge, position) => {
    const flow = edge.flow ?? 0;
    room.push(edge.capacity - flow, flow);
    arcsFrom[edge.from]?.push(2 * position);
    arcsFrom[edge.to]?.push(2 * position + 1);
  });
  return { network, room, arcsFrom };
}

function arcEnd(residual: Residual, arc: number): number {
  const edge = residual.network.edges[arc >> 1] as FlowEdge;
  return arc % 2 === 0 ? edge.to : edge.from;
}

/** Each node's distance from the source along arcs with room; undefined when the sink cannot be reached. */
function findLevels(residual: Residual): readonly number[] | undefined {
  const { nodeCount, source, sink } = residual.network;
  const levels = new Array<number>(nodeCount).fill(-1);
  levels[source] = 0;
  const reached = [source];
  for (const node of reached) {
    for (const arc of residual.arcsFrom[node] ?? []) {
      const end = arcEnd(residual, arc);
      if ((residual.room[arc] ?? 0) <= 0 || levels[end] !== -1) continue;
      levels[end] = (levels[node] ?? 0) + 1;
      reached.push(end);
    }
  }
  return levels[sink] === -1 ? undefined : levels;
}

interface Walk {
  readonly residual: Residual;
  readonly levels: readonly number[];
  readonly nextArc: number[];
}

/** Sends up to `limit` from `node` to the sink along one shortest path; gives what arrived. */
function pushFlow(walk: Walk, node: number, limit: number): number {
  const { residual, levels, nextArc } = walk;
  if (node === residual.network.sink) return limit;
  const arcs = residual.arcsFrom[node] ?? [];
  for (let position = nextArc[node] ?? 0; position < arcs.length; position++) {
    nextArc[node] = position;
    const arc = arcs[position] as number;
    const room = residual.room[arc] ?? 0;
    const end = arcEnd(residual, arc);
    if (room <= 0 || levels[end] !== (levels[node] ?? 0) + 1) continue;
    const pushed = pushFlow(walk, end, Math.min(limit, room));
    if (pushed === 0) continue;
    residual.room[arc] = room - pushed;
    residual.room[arc ^ 1] = (residual.room[arc ^ 1] ?? 0) + pushed;
    return pushed;
  }
  nextArc[node] = arcs.length;
  return 0;
}
