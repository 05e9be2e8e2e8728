import type { Evidence, Step } from './evidence.ts';
import type { Fault, StruckFault } from './fault.ts';

/** A worker that is stopped for longer may be given up, with its sessions. */
const longStopMs = 2_000;
/** So long after a fault a step that was under way may still be taken. */
const latenessMs = 3_000;

/**
 * The fault that ended a session before its run, if any did: only the end of its own worker, or an assigner that was asked to end or could
 * not write any more. Every other fault must leave sessions as they are.
 */
export function explainEnd(steps: readonly Step[], evidence: Evidence): StruckFault | undefined {
  const lastMs = Math.max(...steps.map(({ timeMs }) => timeMs));
  const againMs = findEndLimit(steps, evidence);
  return evidence.faults.find(
    ({ fault, beganMs, endedMs }) =>
      endsSessionsOf(fault, steps[0]?.worker) && endedMs + latenessMs >= lastMs && beganMs <= againMs,
  );
}

/**
 * When the session had ended at the latest: its failure was recorded, or its sample was being played anew. Which agent's it was nobody
 * wrote down, so the later one of the agents' runs of this sample counts.
 */
function findEndLimit([first]: readonly Step[], { failures, runs, steps }: Evidence): number {
  const failure = failures.find(({ session }) => session === first?.session);
  if (failure) return failure.timeMs;
  const sessions = new Set(runs.filter(({ index }) => index === first?.index).map(({ session }) => session));
  return Math.max(...steps.filter(({ session }) => sessions.has(session)).map(({ timeMs }) => timeMs));
}

function endsSessionsOf(fault: Fault, worker: string | undefined): boolean {
  if (fault.kind === 'fill-disk') return true;
  if (fault.kind === 'restart') return fault.program === worker || fault.program === 'assigner';
  if (fault.kind === 'kill') return fault.program === worker;
  return fault.kind === 'stop' && fault.program === worker && fault.holdMs >= longStopMs;
}
