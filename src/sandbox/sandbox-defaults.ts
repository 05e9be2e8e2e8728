import type { SandboxLimits, SandboxOptions } from './contract.ts';

const mebibyte = 2 ** 20;

export const defaultTimeLimitMs = 60_000;
export const defaultOutputLimit = mebibyte;

/** All limits of a sandbox, none left out. */
export type CompleteLimits = { readonly [Name in keyof SandboxLimits]-?: number };

export function completeLimits(options: SandboxLimits): CompleteLimits {
  const { memory = 512 * mebibyte, cpus = 1, pids = 256, disk = 512 * mebibyte } = options;
  return { memory, cpus, pids, disk };
}

/** The environment that everything inside begins with: the same for all drivers, and nothing of the host's. */
export function innerEnvironment({ env = {} }: SandboxOptions): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    USER: 'root',
    LOGNAME: 'root',
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    // Without it a bash whose input is a socket, as it is here, takes itself for a remote one and reads ~/.bashrc.
    SHLVL: '1',
    ...env,
  };
}

/** Where commands start, if they do not say otherwise. */
export function homeOf(options: SandboxOptions): string {
  return innerEnvironment(options)['HOME'] ?? '/root';
}
