/** How a worker behaves in time; durations are in milliseconds. */
export interface WorkerOptions {
  /** The pause between two heartbeats. */
  readonly heartbeatEveryMs: number;
  /** The pause before the next heartbeat when the controller was not there. */
  readonly heartbeatRetryMs: number;
  /** How long a heartbeat may take. */
  readonly heartbeatTimeoutMs: number;
  /** How long the event loop may stand still before heartbeats from a thread of their own stop. */
  readonly stuckAfterMs: number;
  /** How often at least the event loop says that it moves. */
  readonly pulseEveryMs: number;
  /** How often a worker that may grow only to a size is measured, beside the end of each sample. */
  readonly measureEveryMs: number;
  /** How long a cancelled sample may take to end before the cancel is answered with an error. */
  readonly cancelGraceMs: number;
  /** How long the task and its samples may take to end when the worker stops. */
  readonly stopGraceMs: number;
  /** How long a worker that is to be replaced stays after its last sample, so that its last reply arrives. */
  readonly lingerMs: number;
  /** How long the last reply of an ended session can be asked for again. */
  readonly keepRepliesMs: number;
  /** Of how many ended sessions at most. */
  readonly keptReplies: number;
}

export const defaultWorkerOptions: WorkerOptions = {
  heartbeatEveryMs: 8_000,
  heartbeatRetryMs: 1_000,
  heartbeatTimeoutMs: 10_000,
  stuckAfterMs: 30_000,
  pulseEveryMs: 500,
  measureEveryMs: 10_000,
  cancelGraceMs: 30_000,
  stopGraceMs: 5_000,
  lingerMs: 1_000,
  keepRepliesMs: 300_000,
  keptReplies: 1_000,
};
