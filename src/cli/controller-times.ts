import type { ControllerOptions } from '../controller/index.ts';
import { parseDuration } from './parse-options.ts';

/** A time of the controller as a flag; `usual` is what it is without the flag. */
export interface TimeFlag {
  readonly flag: `--${string}`;
  readonly usual: string;
  readonly meaning: string;
}

/** The controller's times by the names of its options. */
export const controllerTimes = {
  sessionTimeoutMs: {
    flag: '--session-timeout',
    usual: '10m',
    meaning: 'a session expires after so long without a turn or a renewal, never while a step runs',
  },
  stepTimeoutMs: {
    flag: '--step-timeout',
    usual: '15m',
    meaning: "a start or a step may take so long, unless its task's own limits say otherwise",
  },
  silenceLimitMs: {
    flag: '--silence-limit',
    usual: '11s',
    meaning: 'a worker without a heartbeat for so long is given no work',
  },
  removeAfterMs: {
    flag: '--remove-after',
    usual: '35s',
    meaning: 'a worker without a heartbeat for so long is gone, with its sessions',
  },
  cancelTimeoutMs: {
    flag: '--cancel-timeout',
    usual: '64s',
    meaning: 'a worker may take so long to end a sample',
  },
  syncTimeoutMs: {
    flag: '--sync-timeout',
    usual: '5s',
    meaning: 'a worker that does not say within so long what it plays is dead',
  },
  keepEndedMs: {
    flag: '--keep-ended',
    usual: '15m',
    meaning: 'ended sessions are remembered for so long',
  },
  settleMs: {
    flag: '--settle',
    usual: '12s',
    meaning: 'after the start, a session that is not known is waited for so long',
  },
  oldestSessionMs: {
    flag: '--oldest-session',
    usual: '720h',
    meaning: 'a session that is older is not waited for',
  },
  cleanSessionAfterMs: {
    flag: '--clean-session-after',
    usual: '4m',
    meaning: 'POST /clean_session cancels sessions without a turn for so long',
  },
  sweepEveryMs: {
    flag: '--sweep-every',
    usual: '1s',
    meaning: 'how often the limits on silence and idleness are looked at',
  },
} as const satisfies Partial<Record<keyof ControllerOptions, TimeFlag>>;

export type ControllerTimes = { readonly [Name in keyof typeof controllerTimes]: number };

/** The times as they are given on the command line, by the names that its parser gives them. Throws `usage-invalid`. */
export function readControllerTimes(
  given: Readonly<Record<string, unknown>>,
  command: string,
): ControllerTimes {
  const times = Object.entries(controllerTimes).map(([name, { flag, usual }]) => {
    const text = given[fieldOf(flag)];
    return [name, parseDuration(typeof text === 'string' ? text : usual, { flag, command })] as const;
  });
  return Object.fromEntries(times) as ControllerTimes;
}

/** `--session-timeout` is parsed into `sessionTimeout`. */
function fieldOf(flag: string): string {
  return flag.slice(2).replace(/-(\w)/g, (_hyphen, letter: string) => letter.toUpperCase());
}
