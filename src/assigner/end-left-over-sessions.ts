import { coerceError, type Clock, type Logger } from '../base/index.ts';
import { controllerRoutes, TransportError, type RouteReply, type SessionEntry } from '../protocol/index.ts';
import { cancelSession } from './cancel-session.ts';
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
 * those that were started for it and whose start it never saw answered. Gives the journaled ones that may still be there. Never throws.
 */
export async function endLeftOverSessions(
  leftOver: LeftOver,
  dependencies: LeftOverDependencies,
): Promise<readonly JournaledSession[]> {
  const { sessions, owner } = leftOver;
  const addresses = new Set(sessions.map((session) => session.controller));
  if (owner !== undefined) for (const address of dependencies.neededAddresses) addresses.add(address);
  const remaining = await Promise.all(
    [...addresses].map((address) => endAtController(address, leftOver, dependencies)),
  );
  return remaining.flat();
}

async function endAtController(
  address: string,
  leftOver: LeftOver,
  dependencies: LeftOverDependencies,
): Promise<readonly JournaledSession[]> {
  const { clock, log, observer, timings, stopSwitch } = dependencies;
  const { stop } = stopSwitch;
  const link = dependencies.linkTo(address);
  const journaled = leftOver.sessions.filter((session) => session.controller === address);
  const isNeeded = dependencies.neededAddresses.has(address);
  let living: readonly number[];
  try {
    const call = { timeoutMs: timings.lookupMs, repeatOn: isNeeded ? noReply : [], signal: stop };
    const listed = await link.call(controllerRoutes.listSessions, {}, call);
    living = findLiving(listed, { ...leftOver, sessions: journaled });
  } catch (error) {
    const reason = coerceError(error).message;
    log.warn('The sessions of the evaluation before this one could not be looked for', { address, reason });
    // A controller that is gone and not needed any more, as one of an earlier run of everything in one go, is not asked for ever.
    return !isNeeded && error instanceof TransportError && error.fault === 'refused' ? [] : journaled;
  }
  if (living.length > 0)
    observer.notice(`Ending ${living.length} sessions that an evaluation before this one left at ${address}`);
  const ended = new Set<number>();
  await Promise.all(
    living.map(async (id) => {
      const isOver = await cancelSession(link, id, {
        clock,
        log,
        limitMs: timings.cancelMs,
        stop,
        signal: stop,
      });
      if (isOver) ended.add(id);
    }),
  );
  return journaled.filter(({ id }) => living.includes(id) && !ended.has(id));
}

/** A controller that counts its ids from 0 may have given a journaled one to somebody else by now: task and index must agree. */
function findLiving(
  listed: RouteReply<typeof controllerRoutes.listSessions>,
  leftOver: LeftOver,
): readonly number[] {
  const { sessions, owner } = leftOver;
  const isOurs = (id: number, entry: SessionEntry) =>
    (owner !== undefined && entry.owner?.startsWith(`${owner}:`)) ||
    sessions.some(
      (session) => session.id === id && session.name === entry.name && session.index === entry.index,
    );
  return Object.entries(listed)
    .filter(([key, entry]) => isOurs(Number(key), entry))
    .map(([key]) => Number(key));
}
