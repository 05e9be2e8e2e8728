import { dockerCommand } from './docker-launcher.ts';
import type { OwnProgram, ProcessCommand } from './process-command.ts';
import { ownWorkerArguments, pythonWorkerArguments, type WorkerTarget } from './worker-arguments.ts';

export interface WorkerCommandRequest extends WorkerTarget {
  readonly own: OwnProgram;
}

/** The command that starts one worker: ours, the Python framework's, or either of them in a container. */
export function workerCommand(request: WorkerCommandRequest): ProcessCommand {
  const { launch, controller, configFile, own } = request;
  if (launch.docker) return dockerCommand({ ...request, docker: launch.docker });
  const shared = { label: launch.label, environment: own.environment, folder: own.folder };
  if (launch.program === 'python') {
    return {
      ...shared,
      command: 'python',
      arguments: pythonWorkerArguments(launch, controller),
      hasChannel: false,
    };
  }
  return {
    ...shared,
    command: own.command,
    arguments: [...own.arguments, ...ownWorkerArguments({ launch, controller, configFile }, own.logLevel)],
    hasChannel: true,
  };
}
