import { controllerTimes } from './controller-times.ts';
import { parseDuration } from './parse-options.ts';

/** After so long without a sign of life a program is restarted, unless told. */
export const defaultStuckAfter = '30s';

/** Options by which `start-task` and `run` tell what they start how long it may take. */
export interface FleetOptions {
  readonly stuckAfter: string;
  readonly sessionTimeout?: string;
  readonly stepTimeout?: string;
}

export interface FleetTimes {
  readonly stuckAfterMs: number;
  /** Arguments for the controller, when one is started. */
  readonly controllerFlags: readonly string[];
}

/** Checks the durations, so that a wrong one is told before anything is started. Throws `usage-invalid`. */
export function readFleetTimes(options: FleetOptions, command: string): FleetTimes {
  const { stuckAfter, sessionTimeout, stepTimeout } = options;
  const passed = [
    [controllerTimes.sessionTimeoutMs, sessionTimeout],
    [controllerTimes.stepTimeoutMs, stepTimeout],
  ] as const;
  const controllerFlags = passed.flatMap(([{ flag }, text]) => {
    if (text === undefined) return [];
    parseDuration(text, { flag, command });
    return [flag, text];
  });
  return { stuckAfterMs: parseDuration(stuckAfter, { flag: '--stuck-after', command }), controllerFlags };
}

/** The words that say the same again; none for defaults. */
export function fleetTimeWords({ stuckAfter, sessionTimeout, stepTimeout }: FleetOptions): readonly string[] {
  return [
    ...(stuckAfter === defaultStuckAfter ? [] : ['--stuck-after', stuckAfter]),
    ...(sessionTimeout === undefined ? [] : [controllerTimes.sessionTimeoutMs.flag, sessionTimeout]),
    ...(stepTimeout === undefined ? [] : [controllerTimes.stepTimeoutMs.flag, stepTimeout]),
  ];
}
