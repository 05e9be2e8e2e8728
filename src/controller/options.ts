/** How long the controller waits for what, in milliseconds, and how much it keeps. */
export interface ControllerOptions {
  /** A worker that was silent for longer is given no work (COMA). */
  readonly silenceLimitMs: number;
  /** A worker that was silent for longer is taken off the list. */
  readonly removeAfterMs: number;
  /** A session without a turn or a renewal for longer is cancelled; the time of a running step does not count. */
  readonly sessionTimeoutMs: number;
  /** `clean_session` cancels sessions without a turn for longer. */
  readonly cleanSessionAfterMs: number;
  /** A start or a step on a worker may take this long, unless the worker says how long its own may take. */
  readonly stepTimeoutMs: number;
  /** A cancel may take this long: a worker waits for the sample to end before it answers. */
  readonly cancelTimeoutMs: number;
  /** Asking a worker for its sessions, or what one of them is doing, may take this long. */
  readonly syncTimeoutMs: number;
  /** So long after its start a request for a session that may be from before it waits for the workers to report theirs. */
  readonly settleMs: number;
  /** No session is older: a smaller id was not given by a controller of this program. */
  readonly oldestSessionMs: number;
  /** How often silence and expiry are looked at. */
  readonly sweepEveryMs: number;
  /** Ended sessions are remembered for so long. */
  readonly keepEndedMs: number;
  /** At most so many of them; the oldest are forgotten first. */
  readonly keptEnded: number;
  /** Of so many ended sessions whose workers do not keep it the last reply is kept. */
  readonly keptReplies: number;
  /** So many cancels of unknown sessions are remembered; the oldest are forgotten first. */
  readonly keptCancels: number;
  /** So many starts may wait for a slot of one task; a further one is refused at once. */
  readonly longestQueue: number;
  /** So many events are kept for those who follow them and come back. */
  readonly keptEvents: number;
}

export const defaultControllerOptions: ControllerOptions = {
  silenceLimitMs: 11_000,
  removeAfterMs: 35_000,
  sessionTimeoutMs: 600_000,
  cleanSessionAfterMs: 240_000,
  stepTimeoutMs: 900_000,
  cancelTimeoutMs: 64_000,
  syncTimeoutMs: 5_000,
  settleMs: 12_000,
  oldestSessionMs: 30 * 24 * 3_600_000,
  sweepEveryMs: 1_000,
  keepEndedMs: 900_000,
  keptEnded: 100_000,
  keptReplies: 1_000,
  keptCancels: 10_000,
  longestQueue: 10_000,
  keptEvents: 10_000,
};

/** How long a start or a step may take on this worker. */
export function stepLimitMs(
  options: ControllerOptions,
  worker: { readonly stepSeconds: number | undefined },
): number {
  return worker.stepSeconds === undefined ? options.stepTimeoutMs : Math.ceil(worker.stepSeconds * 1000);
}
