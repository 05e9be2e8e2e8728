import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OwnProgram } from '../launcher/index.ts';
import type { LogLevel } from './pretty-log.ts';
import type { Shell } from './shell.ts';

/** This program, to be started again as a process of its own. */
export function describeOwnProgram(shell: Shell, logLevel: LogLevel): OwnProgram {
  return {
    ...shell.ownCommand,
    packageFolder,
    environment: shell.environment,
    folder: shell.folder,
    logLevel,
  };
}

/** Where this package lies: its `dist`, `configs` and `data` are in there. */
export const packageFolder = path.dirname(fileURLToPath(new URL('../../package.json', import.meta.url)));
