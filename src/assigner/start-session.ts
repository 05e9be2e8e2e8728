import { coerceError, isJsonObject, parseJson, ProctorError } from '../base/index.ts';
import { controllerRoutes, TransportError, WireError, type SessionReply } from '../protocol/index.ts';
import { cancelOwned, cancelSession, isSessionGone, type CancelDependencies } from './cancel-session.ts';
import { isPassing, neverReceived, type ControllerAbilities, type LinkCall } from './controller-link.ts';
import { describeStartFailure, type SampleEnd } from './failure.ts';
import { limitRequest } from './request-limit.ts';
import type { SampleAttempt } from './sample-attempt.ts';

/** The session that was started, or how the attempt ended without one. */
export type SessionStart = { readonly reply: SessionReply } | { readonly end: SampleEnd };

/**
 * Asks the controller for a session of the sample; a start that an evaluation before this one may have sent gets the session that it
 * started. Where the controller has a queue it waits there for a slot. This is not broken off when the evaluation stops: only the reply says
 * which session to cancel, and a start that waits is ended by its owner, which makes the controller reply. Throws what is no failure of
 * a call.
 */
export async function startSession(
  attempt: SampleAttempt,
  abilities: ControllerAbilities,
): Promise<SessionStart> {
  const { link, journal, stop, giveUp, timings, controllerName: name, index, startId } = attempt;
  const waitMs = abilities.turns && abilities.waits && !stop.aborted ? timings.startWaitMs : undefined;
  let text = '';
  let mayBeThere = attempt.resumed !== undefined;
  const call: LinkCall = {
    ...link.repeatRule(abilities),
    timeoutMs: limitRequest(attempt, abilities) + (waitMs ?? 0),
    signal: giveUp,
    pauseSignal: stop,
    onReply: (received) => (text = received),
    onRepeat: (error) => (mayBeThere ||= mayHaveStarted(error)),
  };
  const body = { name, index, owner: startId, ...(abilities.turns && { start_id: startId }), wait: waitMs };
  const ending = waitMs === undefined ? undefined : endAtStop(attempt);
  try {
    const reply = await link.call(controllerRoutes.startSample, { body }, call);
    const isOver = await ending?.isOver();
    // It may have begun just then: what it says has come of being ended.
    if (isOver === undefined) return { reply };
    if (isOver) journal.markOver(startId);
    return { end: { kind: 'cancelled' } };
  } catch (error) {
    mayBeThere ||= mayHaveStarted(error);
    if (!mayBeThere || ((await ending?.isOver()) ?? (await cancelUnknown(attempt, text))))
      journal.markOver(startId);
    if (stop.aborted) return { end: reportLostStart(attempt, error) };
    if (attempt.resumed && isNotThere(error)) return { end: { kind: 'gone' } };
    const failure = describeStartFailure(error);
    return { end: failure ? { kind: 'failed', failure } : { kind: 'unavailable' } };
  } finally {
    await ending?.close();
  }
}

interface StartEnding {
  /** Whether what was started is certain to be over; undefined when it was not ended. */
  isOver(): Promise<boolean | undefined>;
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

/** Ends the start by its owner as soon as the evaluation stops. */
function endAtStop(attempt: SampleAttempt): StartEnding {
  const { link, stop, startId } = attempt;
  let ended = Promise.resolve<boolean | undefined>(undefined);
  const onStop = (): void => {
    ended = cancelOwned(link, startId, describeCancel(attempt));
  };
  stop.addEventListener('abort', onStop, { once: true });
  return {
    isOver: () => ended,
    close: async () => {
      stop.removeEventListener('abort', onStop);
      await ended;
    },
  };
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
  const { link, startId } = attempt;
  const dependencies = describeCancel(attempt);
  const sessionId = findSessionId(text);
  return sessionId === undefined
    ? cancelOwned(link, startId, dependencies)
    : cancelSession(link, sessionId, dependencies);
}

function describeCancel({ clock, log, timings, stop, giveUp }: SampleAttempt): CancelDependencies {
  return { clock, log, limitMs: timings.cancelMs, stop, signal: giveUp };
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
