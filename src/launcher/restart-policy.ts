/** When a program that ended unasked is started again. */
export type RestartPolicy = {
  /** Pause before the first restart; it doubles with each crash in a row. */
  readonly firstPauseMs: number;
  readonly largestPauseMs: number;
  /** After so many crashes in a row it is not started again. */
  readonly crashLimit: number;
  /** A program that was up for so long starts a new row. */
  readonly steadyAfterMs: number;
};

export const defaultRestartPolicy: RestartPolicy = {
  firstPauseMs: 500,
  largestPauseMs: 30_000,
  crashLimit: 5,
  steadyAfterMs: 60_000,
};

export type RestartDecision =
  | { readonly kind: 'restart'; readonly crashes: number; readonly pauseMs: number }
  | { readonly kind: 'give-up'; readonly crashes: number };

/** Decides after a crash; `earlierCrashes` are those in a row before it, `upMs` is how long the program ran. */
export function decideRestart(policy: RestartPolicy, earlierCrashes: number, upMs: number): RestartDecision {
  const crashes = upMs >= policy.steadyAfterMs ? 1 : earlierCrashes + 1;
  if (crashes >= policy.crashLimit) return { kind: 'give-up', crashes };
  return {
    kind: 'restart',
    crashes,
    pauseMs: Math.min(policy.largestPauseMs, policy.firstPauseMs * 2 ** (crashes - 1)),
  };
}
