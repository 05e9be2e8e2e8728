import type { WorkerLaunch } from './plan.ts';

export interface WorkerTarget {
  readonly launch: WorkerLaunch;
  readonly controller: string;
  /** The file with the task's definition, relative to the project's folder or absolute. */
  readonly configFile: string;
}

/** The arguments of `proctor task-worker`; on a port of the system's choice the worker finds out its own address. */
export function ownWorkerArguments(request: WorkerTarget, logLevel?: string): string[] {
  const { launch, controller, configFile } = request;
  const self = launch.port === 0 ? [] : ['--self', selfAddress(launch.port)];
  return [
    'task-worker',
    launch.task,
    '--config',
    configFile,
    ...self,
    '--port',
    String(launch.port),
    '--controller',
    controller,
    ...logLevelArguments(logLevel),
  ];
}

export function logLevelArguments(logLevel: string | undefined): string[] {
  return logLevel === undefined ? [] : ['--log-level', logLevel];
}

/** The arguments of `python`, in the order that the reference's launcher gives them. */
export function pythonWorkerArguments(launch: WorkerLaunch, controller: string): string[] {
  return [
    '-m',
    'src.server.task_worker',
    launch.task,
    '--self',
    selfAddress(launch.port),
    '--port',
    String(launch.port),
    '--controller',
    controller,
  ];
}

/** The address that a worker gives to the controller. */
export function selfAddress(port: number): string {
  return `http://localhost:${port}/api`;
}
