/** How long the controller waits for what; all in milliseconds. */
export interface ControllerOptions {
  /** A worker that was silent for longer is given no work (COMA). */
  readonly silenceLimitMs: number;
  /** A worker that was silent for longer is taken off the list. */
  readonly removeAfterMs: number;
  /** A session without a turn for longer is cancelled; the time of a running step does not count. */
  readonly sessionTimeoutMs: number;
  /** `clean_session` cancels sessions without a turn for longer. */
  readonly cleanSessionAfterMs: number;
  /** A start or a step on a worker may take this long. */
  readonly stepTimeoutMs: number;
  /** A cancel may take this long: a worker waits for the sample to end before it answers. */
  readonly cancelTimeoutMs: number;
  /** Asking a worker for its sessions may take this long. */
  readonly syncTimeoutMs: number;
  /** So long after its start a turn of a session that may be from before it waits for the workers to report theirs. */
  readonly settleMs: number;
  /** How often silence and expiry are looked at. */
  readonly sweepEveryMs: number;
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
  sweepEveryMs: 1_000,
};
