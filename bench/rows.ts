import type { Figure } from './figure.ts';
import type { BenchSettings } from './settings.ts';

/** One row of the table: its script is loaded when it is measured. */
export interface Row {
  readonly name: string;
  readonly load: () => Promise<{ measure(settings: BenchSettings): Promise<readonly Figure[]> }>;
}

export const rows: readonly Row[] = [
  { name: 'relay', load: () => import('./rows/relay.ts') },
  { name: 'latency', load: () => import('./rows/latency.ts') },
  { name: 'many-sessions', load: () => import('./rows/many-sessions.ts') },
  { name: 'growth', load: () => import('./rows/growth.ts') },
  { name: 'refill', load: () => import('./rows/refill.ts') },
  { name: 'evaluation', load: () => import('./rows/evaluation.ts') },
  { name: 'makespan', load: () => import('./rows/makespan.ts') },
  { name: 'results', load: () => import('./rows/results.ts') },
  { name: 'sandbox', load: () => import('./rows/sandbox.ts') },
  { name: 'sandbox-docker', load: () => import('./rows/sandbox-docker.ts') },
];
