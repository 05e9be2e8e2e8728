import type { WorkerLaunch } from './plan.ts';
import type { OwnProgram } from './process-command.ts';

export interface WorkerTarget {
  readonly launch: WorkerLaunch;
  readonly controller: string;
  /** The file with the task's definition, relative to the project's folder or absolute. */
  readonly configFile: string;
  /** How long its event loop may stand still before it is killed. */
  readonly stuckAfterMs: number;
}

/** The arguments of `proctor task-worker`; on a port of the system's choice the worker finds out its own address. */
export function ownWorkerArguments(
  request: WorkerTarget,
  own: Pick<OwnProgram, 'logLevel' | 'tlsCa'>,
): string[] {
  const { launch, controller, configFile, stuckAfterMs } = request;
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
    '--stuck-after',
    `${stuckAfterMs}ms`,
    ...tlsCaArguments(own.tlsCa),
    ...logLevelArguments(own.logLevel),
  ];
}

export function tlsCaArguments(file: string | undefined): string[] {
  return file === undefined ? [] : ['--tls-ca', file];
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
export function selfAddress(port: number, scheme: 'http' | 'https' = 'http'): string {
  return `${scheme}://localhost:${port}/api`;
}
