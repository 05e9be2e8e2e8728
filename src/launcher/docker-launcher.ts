import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { ProctorError } from '../base/index.ts';
import type { WorkerLaunch } from './plan.ts';
import type { OwnProgram, ProcessCommand } from './process-command.ts';
import { ownWorkerArguments, pythonWorkerArguments, type WorkerTarget } from './worker-arguments.ts';

const workspace = '/root/workspace';
const mountedPackage = '/opt/proctor';

export interface DockerRequest extends WorkerTarget {
  readonly own: OwnProgram;
  readonly docker: NonNullable<WorkerLaunch['docker']>;
}

/**
 * The `docker run` of one worker: the reference's argument list, with a name and a label so that the container can be ended.
 * Throws `usage-invalid` when the configuration file lies outside the project, which is all that the container sees.
 */
export function dockerCommand(request: DockerRequest): ProcessCommand {
  const { launch, own, docker } = request;
  const name = `proctor-${launch.port}-${randomUUID().slice(0, 8)}`;
  return {
    label: launch.label,
    command: 'docker',
    arguments: [
      'run',
      '--rm',
      '--name',
      name,
      '--label',
      `proctor.task=${launch.task}`,
      '-p',
      `${launch.port}:${launch.port}`,
      '--add-host',
      'host.docker.internal:host-gateway',
      '-v',
      `${own.folder}:${workspace}`,
      ...(launch.program === 'own' ? packageMounts(own.packageFolder) : []),
      '-w',
      workspace,
      docker.image,
      'bash',
      '-c',
      `${docker.command} ${innerCommand(request)}`,
    ],
    environment: own.environment,
    folder: own.folder,
    hasChannel: false,
    killCommand: { command: 'docker', arguments: ['kill', name] },
  };
}

/** A controller on this machine, as a container reaches it. */
export function addressFromContainer(address: string): string {
  return address.replace(/\b(?:localhost|127\.0\.0\.1)\b/, 'host.docker.internal');
}

/** An installed package's dependencies may lie beside it. */
function packageMounts(packageFolder: string): string[] {
  const parent = path.dirname(packageFolder);
  const beside = path.basename(parent) === 'node_modules' ? ['-v', `${parent}:/opt/node_modules:ro`] : [];
  return ['-v', `${packageFolder}:${mountedPackage}:ro`, ...beside];
}

function innerCommand(request: DockerRequest): string {
  const { launch, own, configFile } = request;
  const controller = addressFromContainer(request.controller);
  if (launch.program === 'python')
    return ['python', ...pythonWorkerArguments(launch, controller)].map(quoteWord).join(' ');
  const relative = path.relative(own.folder, path.resolve(own.folder, configFile));
  if (relative.startsWith('..') || path.isAbsolute(relative)) {
    throw new ProctorError('usage-invalid', {
      problem: `Task "${launch.task}" runs in a container, which cannot see ${configFile}`,
      wanted: `a configuration file inside ${own.folder}`,
      command: 'proctor start-task',
    });
  }
  // `exec` makes the worker the container's first process, the one that signals reach.
  const words = ownWorkerArguments({ launch, controller, configFile: relative }, own.logLevel);
  return ['exec', 'node', `${mountedPackage}/dist/cli/main.js`, ...words, '--host', '0.0.0.0']
    .map(quoteWord)
    .join(' ');
}

/** One word for the shell; plain words stay as they are. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
