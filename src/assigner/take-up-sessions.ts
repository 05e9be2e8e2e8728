import type { ControllerLink } from './controller-link.ts';
import type { JournaledSession, LeftOver } from './journal-lines.ts';
import type { PairState } from './pair-state.ts';
import type { EvaluationPlan } from './plan.ts';

export interface SortedSessions {
  /** What may be gone on with, unless its sample is done: one session a sample. */
  readonly resumable: readonly JournaledSession[];
  /** What is to be ended. */
  readonly rest: LeftOver;
}

export interface SortDependencies {
  readonly linkTo: (address: string) => ControllerLink;
  readonly stop: AbortSignal;
}

/**
 * Finds the sessions of an evaluation before this one that the plan still wants and whose controller plays a repeated request once. A
 * controller that is out of reach is waited for; what is there is left as it is when that is in vain. Never throws.
 */
export async function sortLeftOver(
  { sessions, owners }: LeftOver,
  plan: EvaluationPlan,
  { linkTo, stop }: SortDependencies,
): Promise<SortedSessions> {
  const wanted = sessions.filter((session) => isWanted(session, plan));
  const latest = new Map(wanted.map((session) => [sampleOf(session), session]));
  const isRepeatable = new Map<string, boolean>();
  for (const address of new Set(wanted.map((session) => session.controller)))
    isRepeatable.set(address, await playsOnce(linkTo(address), stop));
  const resumable = [...latest.values()].filter((session) => isRepeatable.get(session.controller));
  return {
    resumable,
    rest: { sessions: sessions.filter((session) => !resumable.includes(session)), owners },
  };
}

/** Hands each session to the pair whose sample waits for it; gives those that no sample waits for. */
export function takeUpSessions(
  resumable: readonly JournaledSession[],
  pairs: readonly PairState[],
): readonly JournaledSession[] {
  return resumable.filter((session) => {
    const pair = pairs.find(({ agent, task }) => agent === session.agent && task === session.task);
    return !pair?.takeUp({ index: session.index, attempt: session.attempt ?? 1, session });
  });
}

function isWanted(session: JournaledSession, plan: EvaluationPlan): boolean {
  const { agent, task, name, controller } = session;
  if (session.isAbandoned || session.attempt === undefined) return false;
  if (!plan.pairs.some((pair) => pair.agent === agent && pair.task === task)) return false;
  return controller === plan.controllerOf(task) && name === (plan.controllerNameOf?.(task) ?? task);
}

function sampleOf({ agent, task, index }: JournaledSession): string {
  return JSON.stringify([agent, task, index]);
}

/** A controller of which nothing can be learned is not one that plays a turn twice: what needs it fails by itself. */
async function playsOnce(link: ControllerLink, stop: AbortSignal): Promise<boolean> {
  try {
    return (await link.learnAbilities(stop)).turns;
  } catch {
    return true;
  }
}
