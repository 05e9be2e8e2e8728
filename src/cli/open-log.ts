import type { Logger } from '../base/index.ts';
import { createPrettyLog, type LogLevel } from './pretty-log.ts';
import { wantsColour, type Shell } from './shell.ts';

export interface OpenLog {
  readonly log: Logger;
  /** The shell's: whoever reads configuration adds to it. */
  readonly secrets: string[];
}

/** A log on the standard error. */
export function openLog(
  shell: Shell,
  level: LogLevel,
  write: (line: string) => void = (line) => shell.stderr.write(`${line}\n`),
): OpenLog {
  const { secrets } = shell;
  const hasColour = wantsColour(shell, shell.stderr);
  return { secrets, log: createPrettyLog({ clock: shell.clock, level, write, hasColour, secrets }) };
}
