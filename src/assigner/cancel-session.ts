import { coerceError, sleep, type Clock, type Logger } from '../base/index.ts';
import { controllerRoutes, TransportError, WireError } from '../protocol/index.ts';
import type { ControllerLink, LinkCall } from './controller-link.ts';

export interface CancelDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  /** For the whole attempt. */
  readonly limitMs: number;
  /** The evaluation is being stopped: a controller that is out of reach is not waited for any more. */
  readonly stop: AbortSignal;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

const pauseMs = 1_000;

/** Ends a session at its controller, and tells whether it is certain to be over. Never throws. */
export function cancelSession(
  link: ControllerLink,
  sessionId: number,
  dependencies: CancelDependencies,
): Promise<boolean> {
  const cancel = (call: LinkCall) =>
    link.call(controllerRoutes.cancel, { body: { session_id: sessionId } }, call);
  return cancelUntilOver(link, cancel, dependencies);
}

/**
 * Ends whatever was started for an owner, also what the controller does not know yet, and tells whether that is certain. Controllers of
 * other programs know no owners. Never throws.
 */
export function cancelOwned(
  link: ControllerLink,
  owner: string,
  dependencies: CancelDependencies,
): Promise<boolean> {
  const cancel = (call: LinkCall) => link.call(controllerRoutes.cancelOwned, { body: { owner } }, call);
  return cancelUntilOver(link, cancel, dependencies);
}

/**
 * What may pass, such as a step under way or a controller that is being restarted, is met by trying again until the limit. A cancel that
 * fails is logged, and must not hide what led to it.
 */
async function cancelUntilOver(
  link: ControllerLink,
  cancel: (call: LinkCall) => Promise<unknown>,
  dependencies: CancelDependencies,
): Promise<boolean> {
  const { clock, log, limitMs, stop, signal } = dependencies;
  const endMs = clock.now() + limitMs;
  for (;;) {
    try {
      await cancel({ timeoutMs: Math.max(1, endMs - clock.now()), signal });
      return true;
    } catch (error) {
      if (isGone(error)) return true;
      const mayPass = isBusy(error) || (error instanceof TransportError && !stop.aborted && !link.isLost);
      if (!mayPass || endMs - clock.now() <= pauseMs || signal.aborted) {
        log.warn('A session could not be cancelled', { reason: coerceError(error).message });
        return false;
      }
    }
    try {
      await sleep(clock, pauseMs, signal);
    } catch {
      // Stopped while it waited: nothing more can be done for this session.
      return false;
    }
  }
}

/** A 504 says that the cancel was taken, but that the task does not obey: asking again changes nothing. */
function isBusy(error: unknown): boolean {
  return (
    error instanceof WireError && (error.status === 409 || (error.status >= 500 && error.status !== 504))
  );
}

/** There is no such session, or the controller knows no such request. */
function isGone(error: unknown): boolean {
  return isSessionGone(error) || (error instanceof WireError && error.status === 404);
}

/** Whether the controller, or the worker behind it, says that there is no such session. */
export function isSessionGone(error: unknown): boolean {
  return (
    error instanceof WireError &&
    error.status === 400 &&
    /Session does not exist|No such session/.test(error.message)
  );
}
