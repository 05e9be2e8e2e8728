import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { ProctorError, quoteWhereNeeded } from '../base/index.ts';
import { fleetMark } from './guard.ts';
import type { WorkerLaunch } from './plan.ts';
import { tokenVariable, type OwnProgram, type ProcessCommand } from './process-command.ts';
import { ownWorkerArguments, pythonWorkerArguments, type WorkerTarget } from './worker-arguments.ts';

const workspace = '/root/workspace';
const mountedPackage = '/opt/proctor';

export interface DockerRequest extends WorkerTarget {
  readonly own: OwnProgram;
  readonly docker: NonNullable<WorkerLaunch['docker']>;
}

/**
 * The `docker run` of one worker: the reference's argument list, with a name and a label so that the container can be ended.
 * Throws `usage-invalid` when a file that the worker reads lies outside the project, which is all that the container sees.
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
      ...fleetLabel(own),
      // The controller reaches it by this machine's own address, and nobody else has to.
      '-p',
      `127.0.0.1:${launch.port}:${launch.port}`,
      '--add-host',
      'host.docker.internal:host-gateway',
      '-v',
      `${own.folder}:${workspace}`,
      ...(launch.program === 'own' ? [...packageMounts(own.packageFolder), ...tokenArguments(own)] : []),
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

/** By this a container is found after the process that started it is gone. */
function fleetLabel({ environment }: OwnProgram): string[] {
  const mark = environment[fleetMark];
  return mark === undefined ? [] : ['--label', `proctor.fleet=${mark}`];
}

/** By its name alone: the value comes from the environment of the Docker CLI, and stands in no list of arguments. */
function tokenArguments({ environment }: OwnProgram): string[] {
  return environment[tokenVariable] === undefined ? [] : ['-e', tokenVariable];
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
    return ['python', ...pythonWorkerArguments(launch, controller)].map(quoteWhereNeeded).join(' ');
  const relativeConfig = pathInside(request, configFile);
  const { tlsCa } = own;
  const seenOwn = { ...own, ...(tlsCa === undefined ? {} : { tlsCa: pathInside(request, tlsCa) }) };
  const words = ownWorkerArguments({ ...request, controller, configFile: relativeConfig }, seenOwn);
  // Whoever chose to start it without a token has said so already.
  const consent = own.environment[tokenVariable] === undefined ? ['--insecure'] : [];
  // `exec` makes the worker the container's first process, the one that signals reach.
  return ['exec', 'node', `${mountedPackage}/dist/cli/main.js`, ...words, '--host', '0.0.0.0', ...consent]
    .map(quoteWhereNeeded)
    .join(' ');
}

/** A file of the project, relative to its folder. */
function pathInside({ launch, own }: DockerRequest, file: string): string {
  const relative = path.relative(own.folder, path.resolve(own.folder, file));
  if (!relative.startsWith('..') && !path.isAbsolute(relative)) return relative;
  throw new ProctorError('usage-invalid', {
    problem: `Task "${launch.task}" runs in a container, which cannot see ${file}`,
    wanted: `a file inside ${own.folder}`,
    command: 'proctor start-task',
  });
}
