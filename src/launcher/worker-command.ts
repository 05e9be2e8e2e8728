import { dockerCommand } from './docker-launcher.ts';
import { tokenVariable, type OwnProgram, type ProcessCommand } from './process-command.ts';
import { ownWorkerArguments, pythonWorkerArguments, type WorkerTarget } from './worker-arguments.ts';

export interface WorkerCommandRequest extends WorkerTarget {
  readonly own: OwnProgram;
}

/** The command that starts one worker: ours, the Python framework's, or either of them in a container. */
export function workerCommand(request: WorkerCommandRequest): ProcessCommand {
  const { launch, controller, own } = request;
  if (launch.docker) return dockerCommand({ ...request, docker: launch.docker });
  const shared = { label: launch.label, environment: own.environment, folder: own.folder };
  if (launch.program === 'python') {
    return {
      ...shared,
      // It cannot send the token, and so need not know it.
      environment: { ...own.environment, [tokenVariable]: undefined },
      command: 'python',
      arguments: pythonWorkerArguments(launch, controller),
      hasChannel: false,
    };
  }
  return {
    ...shared,
    command: own.command,
    arguments: [...own.arguments, ...ownWorkerArguments(request, own)],
    hasChannel: true,
  };
}
