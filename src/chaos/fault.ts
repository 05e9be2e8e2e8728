export const workerNames = ['worker-1', 'worker-2', 'worker-3'] as const;
export const programNames = ['controller', ...workerNames, 'assigner'] as const;
/** Who calls whom through a proxy. */
export const linkNames = [
  'assigner-controller',
  'controller-worker-1',
  'controller-worker-2',
  'controller-worker-3',
  'workers-controller',
] as const;

export type WorkerName = (typeof workerNames)[number];
export type ProgramName = (typeof programNames)[number];
export type LinkName = (typeof linkNames)[number];

/** What is done to a program: `kill` is SIGKILL, `stop` SIGSTOP and SIGCONT, `restart` asks it to end. */
export type ProgramFault = {
  readonly kind: 'kill' | 'stop' | 'restart';
  readonly program: ProgramName;
  /** How long it is stopped, or away before it is started again. */
  readonly holdMs: number;
};

/** A connection that ends in the middle of a message, of which `share` (0 to 1) still arrives. */
export type CutFault = {
  readonly kind: 'cut-request' | 'cut-reply';
  readonly link: LinkName;
  readonly share: number;
};

/** Nothing passes a link for a while; then everything does. */
export type DelayFault = { readonly kind: 'delay'; readonly link: LinkName; readonly holdMs: number };

/** No byte more can be written to the results for a while. */
export type DiskFault = { readonly kind: 'fill-disk'; readonly holdMs: number };

export type Fault = (ProgramFault | CutFault | DelayFault | DiskFault) & {
  /** From the begin of the faults. */
  readonly atMs: number;
};

/** A fault that really happened. */
export type StruckFault = {
  readonly fault: Fault;
  /** Milliseconds since the epoch. */
  readonly beganMs: number;
  readonly endedMs: number;
};

/** The line of the table that a fault is counted in. */
export function nameFault(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
    case 'stop':
    case 'restart':
      return `${fault.kind} ${isWorker(fault.program) ? 'a worker' : `the ${fault.program}`}`;
    case 'cut-request':
      return 'cut in a request';
    case 'cut-reply':
      return 'cut in a reply';
    case 'delay':
      return 'delay a connection';
    case 'fill-disk':
      return 'fill the results disk';
  }
}

/** One line of the log. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
    case 'stop':
    case 'restart':
      return `${fault.kind} ${fault.program} for ${fault.holdMs} ms`;
    case 'cut-request':
    case 'cut-reply':
      return `${fault.kind} on ${fault.link}, of which ${Math.round(fault.share * 100)} % arrives`;
    case 'delay':
      return `delay ${fault.link} for ${fault.holdMs} ms`;
    case 'fill-disk':
      return `fill-disk for ${fault.holdMs} ms`;
  }
}

/** Whether nothing goes on while it lasts, and for a while afterwards. */
export function haltsSystem({ kind }: Fault): boolean {
  return kind !== 'delay' && kind !== 'cut-request' && kind !== 'cut-reply';
}

export function isWorker(program: ProgramName): program is WorkerName {
  return (workerNames as readonly string[]).includes(program);
}
