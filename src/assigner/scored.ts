import type { Cause, SampleStatus, SessionEnd } from '../protocol/index.ts';

/** Whose doing it is that a sample ended with this status; `reason` is how its session ended, where the controller was asked. */
export function causeOfStatus(status: SampleStatus, reason?: SessionEnd): Cause {
  if (status === 'completed') return 'none';
  if (status === 'task error' || status === 'running') return 'task';
  if (status === 'unknown') return reason === 'cancelled' ? 'cancelled' : 'task';
  return 'agent';
}

/** Whether a finished run is the agent's own doing, and so is handed to the task's scoring. */
export function isScored(cause: Cause): boolean {
  return cause === 'none' || cause === 'agent' || cause === 'limit';
}
