import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../base/index.ts';

/** What a command has of the world outside; `main.ts` alone takes it from the process. */
export interface Shell {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder that the command was started in: relative paths begin there. */
  readonly folder: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** For results. */
  readonly stdout: Output;
  /** For everything else: logs, progress, errors. */
  readonly stderr: Output;
  readonly clock: Clock;
  /** Texts that no log and no error may show; added to while configuration is read. */
  readonly secrets: string[];
  /** Node's own flags and this program's file, to start it again. */
  readonly ownCommand: { readonly command: string; readonly arguments: readonly string[] };
}

export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Colour only for a terminal whose owner did not say no. */
export function wantsColour(shell: Shell, output: Output): boolean {
  return output.isTTY === true && !shell.environment['NO_COLOR'];
}

/** `recycle`: a worker asks its supervisor for another in its place. */
export const exitCodes = { done: 0, someFailed: 1, wrongUsage: 2, recycle: 75, interrupted: 130 } as const;
