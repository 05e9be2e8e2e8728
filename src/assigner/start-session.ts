import { coerceError, isJsonObject, parseJson, ProctorError } from '../base/index.ts';
import { controllerRoutes, TransportError, type SessionReply } from '../protocol/index.ts';
import { cancelOwned, cancelSession } from './cancel-session.ts';
import { neverReceived, type LinkCall } from './controller-link.ts';
import { describeStartFailure, type SampleEnd } from './failure.ts';
import type { SampleAttempt } from './sample-attempt.ts';

/** The session that was started, or how the attempt ended without one. */
export type SessionStart = { readonly reply: SessionReply } | { readonly end: SampleEnd };

/**
 * Asks the controller for a session of the sample. This is not broken off when the evaluation stops: only the reply says which session to
 * cancel. Throws what is no failure of a call.
 */
export async function startSession(attempt: SampleAttempt): Promise<SessionStart> {
  const { link, timings, stop, giveUp, controllerName: name, index } = attempt;
  const owner = attempt.journal.nextOwner();
  let text = '';
  const call: LinkCall = {
    timeoutMs: timings.requestMs,
    repeatOn: neverReceived,
    signal: giveUp,
    pauseSignal: stop,
    onReply: (received) => (text = received),
  };
  try {
    return { reply: await link.call(controllerRoutes.startSample, { body: { name, index, owner } }, call) };
  } catch (error) {
    if (mayHaveStarted(error)) await cancelUnknown(attempt, owner, text);
    if (stop.aborted) return { end: reportLostStart(attempt, error) };
    const failure = describeStartFailure(error);
    return { end: failure ? { kind: 'failed', failure } : { kind: 'unavailable' } };
  }
}

/** Something may have been started that no readable reply speaks of. */
function mayHaveStarted(error: unknown): boolean {
  if (error instanceof TransportError) return !neverReceived.includes(error.fault);
  return ProctorError.is(error) && error.code === 'reply-invalid';
}

/** A reply may be nonsense and yet say which session was started; a controller of this program also ends it by its owner. */
async function cancelUnknown(attempt: SampleAttempt, owner: string, text: string): Promise<void> {
  const { link, clock, log, timings, stop, giveUp } = attempt;
  const dependencies = { clock, log, limitMs: timings.cancelMs, stop, signal: giveUp };
  const sessionId = findSessionId(text);
  if (sessionId !== undefined) await cancelSession(link, sessionId, dependencies);
  else await cancelOwned(link, owner, dependencies);
}

function findSessionId(text: string): number | undefined {
  try {
    const reply = parseJson(text);
    const id = isJsonObject(reply) ? reply['session_id'] : undefined;
    return typeof id === 'number' && Number.isSafeInteger(id) ? id : undefined;
  } catch {
    // Not even JSON: the failure of the start tells of it.
    return undefined;
  }
}

function reportLostStart(attempt: SampleAttempt, error: unknown): SampleEnd {
  const { task, index, giveUp } = attempt;
  if (giveUp.aborted) {
    const reason = coerceError(error).message;
    attempt.log.warn('A session may be left at the controller: its start was not answered', {
      task,
      index,
      reason,
    });
  }
  return { kind: 'cancelled' };
}
