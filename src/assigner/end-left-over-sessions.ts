import { coerceError, type Clock, type Logger } from '../base/index.ts';
import { controllerRoutes, TransportError, type RouteReply } from '../protocol/index.ts';
import { cancelOwned, cancelSession } from './cancel-session.ts';
import { noReply, type ControllerLink } from './controller-link.ts';
import type { EvaluationObserver } from './observer.ts';
import type { JournaledSession, LeftOver } from './session-journal.ts';
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
 * Ends the sessions that a killed evaluation left, so that they do not hold their slots until they expire: those in its journal, and
 * those that were started for it and whose start it never saw answered. Gives what may still be there. Never throws.
 */
export async function endLeftOverSessions(
  leftOver: LeftOver,
  dependencies: LeftOverDependencies,
): Promise<LeftOver> {
  const { sessions, owners } = leftOver;
  const { neededAddresses } = dependencies;
  const addresses = new Set(sessions.map((session) => session.controller));
  if (owners.length > 0) for (const address of neededAddresses) addresses.add(address);
  const remaining = await Promise.all(
    [...addresses].map((address) => endAtController(address, leftOver, dependencies)),
  );
  return {
    sessions: remaining.flatMap((left) => left.sessions),
    owners: [...new Set(remaining.flatMap((left) => left.owners))],
  };
}

async function endAtController(
  address: string,
  leftOver: LeftOver,
  dependencies: LeftOverDependencies,
): Promise<LeftOver> {
  const { clock, log, observer, timings, stopSwitch } = dependencies;
  const { stop } = stopSwitch;
  const link = dependencies.linkTo(address);
  const journaled = leftOver.sessions.filter((session) => session.controller === address);
  const isNeeded = dependencies.neededAddresses.has(address);
  let living: readonly JournaledSession[];
  try {
    const call = { timeoutMs: timings.lookupMs, repeatOn: isNeeded ? noReply : [], signal: stop };
    const listed = await link.call(controllerRoutes.listSessions, {}, call);
    living = journaled.filter((session) => isListed(session, listed));
  } catch (error) {
    const reason = coerceError(error).message;
    log.warn('The sessions of the evaluation before this one could not be looked for', { address, reason });
    // A controller that is gone and not needed any more, as one of an earlier run of everything in one go, is not asked for ever.
    const isGone = !isNeeded && error instanceof TransportError && error.fault === 'refused';
    return { sessions: isGone ? [] : journaled, owners: isNeeded ? leftOver.owners : [] };
  }
  if (living.length > 0)
    observer.notice(`Ending ${living.length} sessions that an evaluation before this one left at ${address}`);
  const limits = { clock, log, limitMs: timings.cancelMs, stop, signal: stop };
  const ended = await Promise.all(living.map(({ id }) => cancelSession(link, id, limits)));
  const disowned = await Promise.all(leftOver.owners.map((owner) => cancelOwned(link, owner, limits)));
  return {
    sessions: living.filter((_, position) => !ended[position]),
    owners: leftOver.owners.filter((_, position) => !disowned[position]),
  };
}

/** A controller that counts its ids from 0 may have given one of them to somebody else by now: task and index must agree. */
function isListed(
  session: JournaledSession,
  listed: RouteReply<typeof controllerRoutes.listSessions>,
): boolean {
  const entry = listed[String(session.id)];
  return entry?.name === session.name && entry.index === session.index;
}
