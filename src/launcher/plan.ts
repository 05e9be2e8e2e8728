import { ProctorError } from '../base/index.ts';

/** What the launcher needs to know of a task's definition. */
export type LaunchDefinition = {
  readonly module: string;
  readonly docker?:
    { readonly image?: string | undefined; readonly command?: string | undefined } | undefined;
};

/** One worker to start. */
export type WorkerLaunch = {
  readonly task: string;
  /** 0: any free port, which the worker reports. */
  readonly port: number;
  /** What its log lines are prefixed with. */
  readonly label: string;
  /** `python`: the Python framework's worker, for a task that this program has no counterpart of. */
  readonly program: 'own' | 'python';
  readonly docker?: { readonly image: string; readonly command: string };
};

export interface LaunchRequest {
  readonly definitions: Readonly<Record<string, LaunchDefinition>>;
  /** Task name and number of workers, in the order of starting. */
  readonly start: readonly (readonly [task: string, count: number])[];
  /** Worker i of all listens on `basePort` + i; 0 gives each any free port. */
  readonly basePort: number;
  readonly programOf: (definition: LaunchDefinition, task: string) => WorkerLaunch['program'];
  /** Where `start` was written, for errors. */
  readonly where?: string;
}

const largestPort = 65_535;

/** Lists the workers to start. Throws `task-undefined` and `usage-invalid` (a port beyond 65535) before anything is started. */
export function planWorkers(request: LaunchRequest): WorkerLaunch[] {
  const { definitions, start, basePort, where } = request;
  const launches: WorkerLaunch[] = [];
  for (const [task, count] of start) {
    const definition = Object.hasOwn(definitions, task) ? definitions[task] : undefined;
    if (!definition) {
      const known = Object.keys(definitions).join(', ') || 'none: no task is defined';
      throw new ProctorError('task-undefined', { task, known }, { where });
    }
    for (let nth = 0; nth < count; nth++) {
      launches.push(describeWorker(request, definition, { task, position: launches.length }));
    }
  }
  const lastPort = basePort + launches.length - 1;
  if (lastPort > largestPort) {
    throw new ProctorError('usage-invalid', {
      problem: `${launches.length} workers from port ${basePort} on need ports up to ${lastPort}`,
      wanted: `ports up to ${largestPort}`,
      command: 'proctor start-task',
    });
  }
  return launches;
}

function describeWorker(
  request: LaunchRequest,
  definition: LaunchDefinition,
  { task, position }: { readonly task: string; readonly position: number },
): WorkerLaunch {
  const port = request.basePort === 0 ? 0 : request.basePort + position;
  const image = definition.docker?.image;
  return {
    task,
    port,
    label: port === 0 ? `${task} #${position + 1}` : `${task} ${port}`,
    program: request.programOf(definition, task),
    ...(image ? { docker: { image, command: definition.docker?.command ?? '' } } : {}),
  };
}
