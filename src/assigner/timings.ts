/** How long an evaluation waits for what. */
export interface EvaluationTimings {
  /** One start_sample or interact; longer where the controller's own limit on a step, with `replyMarginMs`, is. */
  readonly requestMs: number;
  /** How long a start may wait for a slot at its controller, where that has a queue; on top of `requestMs`. */
  readonly startWaitMs: number;
  /** What a controller with turns is given beyond its limit on a step, to tell of that limit. */
  readonly replyMarginMs: number;
  /** One list_workers, list_sessions or get_indices. */
  readonly lookupMs: number;
  /** Ending one session at its controller, repeats included. */
  readonly cancelMs: number;
  /** One calculate_overall; longer than the controller's own limit on it, of which it tells. */
  readonly overallMs: number;
  /** Between two looks at the free slots of a controller, while samples wait for one. */
  readonly pollPeriodMs: number;
  /** Before the second attempt at a sample; doubles with each further one. */
  readonly retryPauseMs: number;
  /** Before a request that was not received is sent again; doubles up to `longestPauseMs`. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** How long a controller may be out of reach. */
  readonly controllerPatienceMs: number;
  /** How long a turn or a start is repeated, counted from its first failure, where the controller plays it once however often it comes. */
  readonly repeatLimitMs: number;
  /** Between two renewals of a session whose agent thinks; more often where its controller lets sessions expire earlier. */
  readonly renewEveryMs: number;
  /** How long a task may be unknown to its controller at the start. */
  readonly taskPatienceMs: number;
  /** How long a task may be without a living worker in mid-run. */
  readonly taskAbsenceMs: number;
  /** From an interruption to the end, whatever is still under way. */
  readonly stopLimitMs: number;
}

export const defaultTimings: EvaluationTimings = {
  requestMs: 900_000,
  startWaitMs: 5_000,
  replyMarginMs: 60_000,
  lookupMs: 10_000,
  cancelMs: 60_000,
  overallMs: 960_000,
  pollPeriodMs: 1_000,
  retryPauseMs: 1_000,
  firstPauseMs: 250,
  longestPauseMs: 5_000,
  controllerPatienceMs: 120_000,
  repeatLimitMs: 120_000,
  renewEveryMs: 60_000,
  taskPatienceMs: 60_000,
  taskAbsenceMs: 600_000,
  stopLimitMs: 60_000,
};
