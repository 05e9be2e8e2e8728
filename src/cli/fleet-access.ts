import { randomBytes } from 'node:crypto';
import { ProctorError } from '../base/index.ts';
import { tokenVariable, type FleetWorker, type OwnProgram } from '../launcher/index.ts';
import { describeExposure, isLoopback } from './server-access.ts';

export interface FleetAccessRequest {
  readonly workers: readonly FleetWorker[];
  /** What the user gave. */
  readonly token: string | undefined;
  readonly insecure: boolean;
  /** A controller is started beside the workers. */
  readonly startsController: boolean;
  readonly command: string;
}

export interface FleetAccess {
  /** Of all programs that are started, and of whoever talks to them. */
  readonly token: string | undefined;
  /** It was made here, so nobody else knows it. */
  readonly isMade: boolean;
  /** What the owner should know of who can reach the programs. */
  readonly warning?: string;
}

/**
 * What protects programs that are about to be started. Containers reach a controller only where other machines may reach it as well, so a
 * token is made for it when none was given; AgentBench's Python workers cannot send one.
 * Throws `usage-invalid` for a token with Python workers, `address-exposed` where only `--insecure` is left.
 */
export function chooseFleetAccess(request: FleetAccessRequest): FleetAccess {
  const { workers, token, insecure, startsController, command } = request;
  const python = namesOf(workers.filter(({ launch }) => launch.program === 'python'));
  const contained = namesOf(workers.filter(({ launch }) => launch.docker));
  if (token !== undefined && python !== '') {
    throw new ProctorError('usage-invalid', {
      problem: `The workers of ${python} are AgentBench's Python program, which cannot send a token`,
      wanted: 'no --token and no PROCTOR_TOKEN, or only tasks that this program plays itself',
      command,
    });
  }
  if (token !== undefined || contained === '') return { token, isMade: false };
  const problem = `The containers of ${contained} reach a controller only where other machines may reach it as well`;
  if (insecure) return { token, isMade: false, warning: `${problem}, and no token protects it` };
  if (startsController && python === '') return { token: makeToken(), isMade: true };
  if (startsController) {
    const unable = `${problem}, the Python workers of ${python} cannot send a token`;
    throw describeExposure(unable, { canHaveToken: false });
  }
  if (workers.some(({ launch }) => launch.docker && launch.program === 'own'))
    throw describeExposure(`The workers of ${contained} listen on all addresses of their containers`);
  return { token, isMade: false, warning: `${problem}, and no token protects it` };
}

/** Arguments for a controller that is started where `chooseFleetAccess` has agreed to it. */
export function exposureFlags(host: string, { environment }: OwnProgram): readonly string[] {
  return isLoopback(host) || environment[tokenVariable] !== undefined ? [] : ['--insecure'];
}

function makeToken(): string {
  return randomBytes(24).toString('base64url');
}

function namesOf(workers: readonly FleetWorker[]): string {
  return [...new Set(workers.map(({ launch }) => launch.task))].join(', ');
}
