import { coerceError } from '../base/index.ts';
import { workerRoutes, type SessionStatusReply } from '../protocol/index.ts';
import type { EndedSession } from './ended-sessions.ts';
import type { SessionFinder } from './find-session.ts';
import type { ControllerParts } from './parts.ts';
import type { OpenSession } from './session-table.ts';
import { isOurs } from './worker-registry.ts';

/** What becomes of a session, as far as its worker says; what became of it when it has ended. Rejects with the wire's `session-unknown`. */
export async function describeSession(
  parts: ControllerParts,
  finder: SessionFinder,
  sessionId: number,
): Promise<SessionStatusReply> {
  const { open, ended } = await finder.find(sessionId);
  if (open) return describeOpen(parts, open);
  parts.sessions.ended.tell(sessionId);
  return describeEnded(ended);
}

async function describeOpen(parts: ControllerParts, session: OpenSession): Promise<SessionStatusReply> {
  const said = await askWorker(parts, session);
  const { ended } = parts.sessions;
  const endedMeanwhile = parts.sessions.get(session.id) === session ? undefined : ended.get(session.id);
  if (endedMeanwhile) return describeEnded(endedMeanwhile);
  return {
    session_id: session.id,
    name: session.task,
    index: session.index,
    state: stateOf(session),
    reason: null,
    worker: session.worker.address,
    turn: (isOurs(session.worker) ? said?.turn : session.turn) ?? null,
    start: session.startMs / 1000,
    last_update: session.lastUpdateMs / 1000,
    output: said?.status.env_output ?? null,
  };
}

function stateOf({ activity, cancelling }: OpenSession): SessionStatusReply['state'] {
  return cancelling ? 'cancelling' : (activity ?? 'waiting for agent');
}

function describeEnded({ id, task, index, worker, startMs, end }: EndedSession): SessionStatusReply {
  return {
    session_id: id,
    name: task,
    index,
    state: 'ended',
    reason: end.reason,
    worker,
    turn: null,
    start: startMs / 1000,
    last_update: end.atMs / 1000,
    output: null,
  };
}

async function askWorker({ client, options, log }: ControllerParts, session: OpenSession) {
  try {
    return await client.ask(session.worker, workerRoutes.sampleStatus, {
      body: { session_id: session.id },
      timeoutMs: options.syncTimeoutMs,
    });
  } catch (error) {
    log.debug(`session ${session.id}: its worker does not say what it does: ${coerceError(error).message}`);
    return undefined;
  }
}
