import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { tokenVariable, type OwnProgram } from '../launcher/index.ts';
import type { LogLevel } from './pretty-log.ts';
import type { Shell } from './shell.ts';

/** What the started programs are told of tokens and certificates. */
export interface OwnAccess {
  readonly token?: string | undefined;
  /** A file, relative to the shell's folder or absolute. */
  readonly tlsCa?: string | undefined;
}

/** This program, to be started again as a process of its own. The token goes there by the environment, where no list of processes shows it. */
export function describeOwnProgram(shell: Shell, logLevel: LogLevel, access: OwnAccess = {}): OwnProgram {
  const { token, tlsCa } = access;
  return {
    ...shell.ownCommand,
    packageFolder,
    environment: { ...shell.environment, [tokenVariable]: token },
    ...(tlsCa === undefined ? {} : { tlsCa }),
    folder: shell.folder,
    logLevel,
  };
}

/** Where this package lies: its `dist`, `configs` and `data` are in there. */
export const packageFolder = path.dirname(fileURLToPath(new URL('../../package.json', import.meta.url)));
