/** How a worker behaves in time; all in milliseconds. */
export interface WorkerOptions {
  /** The pause between two heartbeats. */
  readonly heartbeatEveryMs: number;
  /** The pause before the next heartbeat when the controller was not there. */
  readonly heartbeatRetryMs: number;
  /** How long a heartbeat may take. */
  readonly heartbeatTimeoutMs: number;
  /** How long a cancelled sample may take to end before the cancel is answered with an error. */
  readonly cancelGraceMs: number;
  /** How long the task and its samples may take to end when the worker stops. */
  readonly stopGraceMs: number;
}

export const defaultWorkerOptions: WorkerOptions = {
  heartbeatEveryMs: 8_000,
  heartbeatRetryMs: 1_000,
  heartbeatTimeoutMs: 10_000,
  cancelGraceMs: 30_000,
  stopGraceMs: 5_000,
};
