/** How long an evaluation waits for what. */
export interface EvaluationTimings {
  /** One start_sample or interact; a step of a task may be long. */
  readonly requestMs: number;
  /** One list_workers, list_sessions or get_indices. */
  readonly lookupMs: number;
  /** Ending one session at its controller, repeats included. */
  readonly cancelMs: number;
  /** One calculate_overall. */
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
  /** How long a task may be unknown to its controller at the start. */
  readonly taskPatienceMs: number;
  /** How long a task may be without a living worker in mid-run. */
  readonly taskAbsenceMs: number;
  /** From an interruption to the end, whatever is still under way. */
  readonly stopLimitMs: number;
}

export const defaultTimings: EvaluationTimings = {
  requestMs: 900_000,
  lookupMs: 10_000,
  cancelMs: 60_000,
  overallMs: 900_000,
  pollPeriodMs: 1_000,
  retryPauseMs: 1_000,
  firstPauseMs: 250,
  longestPauseMs: 5_000,
  controllerPatienceMs: 120_000,
  taskPatienceMs: 60_000,
  taskAbsenceMs: 600_000,
  stopLimitMs: 60_000,
};
