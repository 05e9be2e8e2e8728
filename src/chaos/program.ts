import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** The variable that marks whatever a run starts, so that what is left of it is found. */
export const chaosMark = 'PROCTOR_CHAOS';

export interface ProgramSetting {
  /** Node's flags, the program's file and its words. */
  readonly words: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What it prints is appended there. */
  readonly logFile: string;
}

export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A program under way. */
export interface Program {
  readonly pid: number;
  readonly exited: Promise<Ending>;
  /** False, and without effect, for one that has ended. */
  send(signal: NodeJS.Signals): boolean;
}

/**
 * Starts a program at the head of a process group of its own, so that Ctrl-C in the terminal does not reach it. It has a channel to this
 * process, and ends by itself when this process is gone.
 */
export function startProgram({ words, folder, environment, logFile }: ProgramSetting): Program {
  const output = openSync(logFile, 'a');
  try {
    const child = spawn(process.execPath, words, {
      cwd: folder,
      detached: true,
      env: environment,
      stdio: ['ignore', output, output, 'ipc'],
    });
    const exited = new Promise<Ending>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    // Who waits for the end is told of it; nobody may be waiting at that moment.
    exited.catch(() => undefined);
    return { pid: child.pid ?? 0, exited, send: (signal) => child.kill(signal) };
  } finally {
    closeSync(output);
  }
}
