import { coerceError, isJsonObject, parseJson, ProctorError } from '../base/index.ts';
import { controllerRoutes, TransportError, WireError, type SessionReply } from '../protocol/index.ts';
import { cancelOwned, cancelSession, isSessionGone } from './cancel-session.ts';
import { isPassing, neverReceived, type ControllerAbilities, type LinkCall } from './controller-link.ts';
import { describeStartFailure, type SampleEnd } from './failure.ts';
import { limitRequest } from './request-limit.ts';
import type { SampleAttempt } from './sample-attempt.ts';

/** The session that was started, or how the attempt ended without one. */
export type SessionStart = { readonly reply: SessionReply } | { readonly end: SampleEnd };

/**
 * Asks the controller for a session of the sample; a start that an evaluation before this one may have sent gets the session that it
 * started. This is not broken off when the evaluation stops: only the reply says which session to cancel. Throws what is no failure of a
 * call.
 */
export async function startSession(
  attempt: SampleAttempt,
  abilities: ControllerAbilities,
): Promise<SessionStart> {
  const { link, journal, stop, giveUp, controllerName: name, index, startId } = attempt;
  let text = '';
  let mayBeThere = attempt.resumed !== undefined;
  const call: LinkCall = {
    ...link.repeatRule(abilities),
    timeoutMs: limitRequest(attempt, abilities),
    signal: giveUp,
    pauseSignal: stop,
    onReply: (received) => (text = received),
    onRepeat: (error) => (mayBeThere ||= mayHaveStarted(error)),
  };
  const body = { name, index, owner: startId, ...(abilities.turns && { start_id: startId }) };
  try {
    return { reply: await link.call(controllerRoutes.startSample, { body }, call) };
  } catch (error) {
    mayBeThere ||= mayHaveStarted(error);
    if (!mayBeThere || (await cancelUnknown(attempt, text))) journal.markOver(startId);
    if (stop.aborted) return { end: reportLostStart(attempt, error) };
    if (attempt.resumed && isNotThere(error)) return { end: { kind: 'gone' } };
    const failure = describeStartFailure(error);
    return { end: failure ? { kind: 'failed', failure } : { kind: 'unavailable' } };
  }
}

/** The session of an evaluation before this one cannot be gone on with: it has ended, or is at another turn than was written down. */
export function isNotThere(error: unknown): boolean {
  return isSessionGone(error) || (error instanceof WireError && error.status === 409);
}

/** Something may have been started that no readable reply speaks of. */
function mayHaveStarted(error: unknown): boolean {
  if (error instanceof TransportError) return !neverReceived.includes(error.fault);
  return isPassing(error) || (ProctorError.is(error) && error.code === 'reply-invalid');
}

/** A reply may be nonsense and yet say which session was started; a controller of this program also ends it by its owner. */
function cancelUnknown(attempt: SampleAttempt, text: string): Promise<boolean> {
  const { link, clock, log, timings, stop, giveUp, startId } = attempt;
  const dependencies = { clock, log, limitMs: timings.cancelMs, stop, signal: giveUp };
  const sessionId = findSessionId(text);
  return sessionId === undefined
    ? cancelOwned(link, startId, dependencies)
    : cancelSession(link, sessionId, dependencies);
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
