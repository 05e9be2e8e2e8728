import { coerceError, type Clock, type Logger } from '../base/index.ts';
import { controllerRoutes } from '../protocol/index.ts';
import { cancelSession } from './cancel-session.ts';
import { noReply, type ControllerLink } from './controller-link.ts';
import type { EvaluationObserver } from './observer.ts';
import type { JournaledSession } from './session-journal.ts';
import type { StopSwitch } from './stop-switch.ts';
import type { EvaluationTimings } from './timings.ts';

export interface LeftOverDependencies {
  readonly linkTo: (address: string) => ControllerLink;
  /** Controllers that the evaluation needs anyhow are waited for; others are asked once. */
  readonly neededAddresses: ReadonlySet<string>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly observer: Required<EvaluationObserver>;
  readonly timings: EvaluationTimings;
  readonly stopSwitch: StopSwitch;
}

/**
 * Ends the sessions that a killed evaluation left, so that they do not hold their slots until they expire. Gives those that may still be
 * there. Never throws.
 */
export async function endLeftOverSessions(
  leftOver: readonly JournaledSession[],
  dependencies: LeftOverDependencies,
): Promise<readonly JournaledSession[]> {
  const addresses = [...new Set(leftOver.map((session) => session.controller))];
  const remaining = await Promise.all(
    addresses.map((address) =>
      endAtController(
        address,
        leftOver.filter((session) => session.controller === address),
        dependencies,
      ),
    ),
  );
  return remaining.flat();
}

async function endAtController(
  address: string,
  sessions: readonly JournaledSession[],
  dependencies: LeftOverDependencies,
): Promise<readonly JournaledSession[]> {
  const { clock, log, observer, timings, stopSwitch } = dependencies;
  const { stop } = stopSwitch;
  const link = dependencies.linkTo(address);
  let living: readonly JournaledSession[];
  try {
    const call = {
      timeoutMs: timings.lookupMs,
      repeatOn: dependencies.neededAddresses.has(address) ? noReply : [],
      signal: stop,
    };
    const listed = await link.call(controllerRoutes.listSessions, {}, call);
    // A controller that counts its ids from 0 may have given one of them to somebody else by now.
    living = sessions.filter((session) => {
      const entry = listed[String(session.id)];
      return entry?.name === session.name && entry.index === session.index;
    });
  } catch (error) {
    const reason = coerceError(error).message;
    log.warn('The sessions of the evaluation before this one could not be looked for', { address, reason });
    return sessions;
  }
  if (living.length > 0)
    observer.notice(`Ending ${living.length} sessions that an evaluation before this one left at ${address}`);
  const ended = await Promise.all(
    living.map((session) =>
      cancelSession(link, session.id, { clock, log, limitMs: timings.cancelMs, stop, signal: stop }),
    ),
  );
  return living.filter((_, position) => !ended[position]);
}
