import { coerceError, type Clock, type Logger } from '../base/index.ts';
import { controllerRoutes, TransportError, type RouteReply } from '../protocol/index.ts';
import { cancelOwned, cancelSession, type CancelDependencies } from './cancel-session.ts';
import { noReply, type ControllerLink } from './controller-link.ts';
import type { JournaledSession, LeftOver } from './journal-lines.ts';
import type { EvaluationObserver } from './observer.ts';
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
  /** Ends all of it. */
  readonly signal: AbortSignal;
}

/**
 * Ends the sessions that a killed evaluation left and that are not gone on with, so that they do not hold their slots until they expire:
 * those in its journal, also where it never saw the start answered. Gives what may still be there. Never throws.
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
  const { clock, log, observer, timings, signal } = dependencies;
  const { stop } = dependencies.stopSwitch;
  const link = dependencies.linkTo(address);
  const sessions = leftOver.sessions.filter((session) => session.controller === address);
  const isNeeded = dependencies.neededAddresses.has(address);
  const owners = isNeeded ? leftOver.owners : [];
  let listed: SessionList;
  try {
    const call = {
      timeoutMs: timings.lookupMs,
      repeatOn: isNeeded ? noReply : [],
      signal,
      pauseSignal: stop,
    };
    listed = await link.call(controllerRoutes.listSessions, {}, call);
  } catch (error) {
    const reason = coerceError(error).message;
    log.warn('The sessions of the evaluation before this one could not be looked for', { address, reason });
    // A controller that is gone and not needed any more, as one of an earlier run of everything in one go, is not asked for ever.
    const isGone = !isNeeded && error instanceof TransportError && error.fault === 'refused';
    return { sessions: isGone ? [] : sessions, owners };
  }
  const living = sessions.filter((session) => isListed(session, listed));
  if (living.length > 0)
    observer.notice(`Ending ${living.length} sessions that an evaluation before this one left at ${address}`);
  const limits = { clock, log, limitMs: timings.cancelMs, stop, signal };
  const ended = await Promise.all(
    sessions.map((session) => endSession(session, { link, limits, isLiving: living.includes(session) })),
  );
  const disowned = await Promise.all(owners.map((owner) => cancelOwned(link, owner, limits)));
  return {
    sessions: sessions.filter((_, position) => !ended[position]),
    owners: owners.filter((_, position) => !disowned[position]),
  };
}

type SessionList = RouteReply<typeof controllerRoutes.listSessions>;

interface Ending {
  readonly link: ControllerLink;
  readonly limits: CancelDependencies;
  readonly isLiving: boolean;
}

/** One that the controller does not list may be reported to it later by its worker, and is then ended by its owner. */
async function endSession(session: JournaledSession, { link, limits, isLiving }: Ending): Promise<boolean> {
  if (isLiving && session.id !== undefined) return cancelSession(link, session.id, limits);
  return session.attempt === undefined || cancelOwned(link, session.startId, limits);
}

/** A controller that counts its ids from 0 may have given one of them to somebody else by now: task and index must agree. */
function isListed(session: JournaledSession, listed: SessionList): boolean {
  const entry = session.id === undefined ? undefined : listed[String(session.id)];
  return entry?.name === session.name && entry.index === session.index;
}
