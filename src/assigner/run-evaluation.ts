import { join } from 'node:path';
import { coerceError, ProctorError, type Clock, type Logger } from '../base/index.ts';
import type { EventFollower, Transport } from '../protocol/index.ts';
import type { Agent } from '../agents/index.ts';
import { ControllerLink } from './controller-link.ts';
import { Dispatcher } from './dispatcher.ts';
import { endLeftOverSessions } from './end-left-over-sessions.ts';
import type { JournaledSession, LeftOver } from './journal-lines.ts';
import { guardObserver, type EvaluationObserver } from './observer.ts';
import { openOutput } from './open-output.ts';
import { openPairs, type OpenedPairs } from './open-pairs.ts';
import { checkPlan, completeTimings, type EvaluationPlan } from './plan.ts';
import { realFileSystem, type FileSystem } from './results/index.ts';
import { UsageWatch } from './sample-limits.ts';
import { SessionJournal } from './session-journal.ts';
import { StopSwitch } from './stop-switch.ts';
import { summarizePair, type EvaluationSummary } from './summary.ts';
import { sortLeftOver, takeUpSessions } from './take-up-sessions.ts';
import type { PairWork } from './task-runtime.ts';
import type { EvaluationTimings } from './timings.ts';

export interface EvaluationDependencies {
  readonly transport: Transport;
  /** Follows what controllers tell of their slots; they are looked up without it. */
  readonly follow?: EventFollower | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** By the names in the plan; their owner releases them. */
  readonly agents: Readonly<Record<string, Agent>>;
  readonly observer?: EvaluationObserver;
  /** Aborted to stop: nothing new starts, running sessions are cancelled, everything finished is on disk. */
  readonly signal: AbortSignal;
  readonly fileSystem?: FileSystem;
  /** Texts that an agent's error may hold and no file may. */
  readonly secrets?: readonly string[];
}

/** What all steps of one evaluation share. */
interface Evaluation {
  readonly plan: EvaluationPlan;
  readonly dependencies: EvaluationDependencies;
  readonly fileSystem: FileSystem;
  readonly timings: EvaluationTimings;
  readonly observer: Required<EvaluationObserver>;
  readonly stopSwitch: StopSwitch;
  readonly linkTo: (address: string) => ControllerLink;
}

/**
 * Plays what is left of a plan and keeps each outcome in its output folder. The same plan on the same folder goes on where it stopped,
 * however it stopped. Agents' and tasks' failures, a stop and a full disk are in the summary.
 * Throws before anything is played: `config-invalid`, `file-unwritable`, `folder-locked`, `disk-full`, `task-absent`,
 * `controller-unreachable`, `controller-refused`, `reply-invalid`.
 */
export async function runEvaluation(
  plan: EvaluationPlan,
  dependencies: EvaluationDependencies,
): Promise<EvaluationSummary> {
  checkPlan(plan);
  for (const { agent } of plan.pairs) checkAgent(agent, dependencies.agents);
  const { clock, log, signal, fileSystem = realFileSystem } = dependencies;
  const timings = completeTimings(plan);
  const observer = guardObserver(dependencies.observer ?? {}, log);
  const stopSwitch = new StopSwitch(clock, timings.stopLimitMs);
  const linkTo = makeLinks((address) => new ControllerLink(address, { ...dependencies, timings, observer }));
  const evaluation = { plan, dependencies, fileSystem, timings, observer, stopSwitch, linkTo };

  const lock = await openOutput({ fileSystem, folder: plan.folder, savedConfig: plan.savedConfig, clock });
  const onAbort = () => stopSwitch.begin(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await playWithJournal(evaluation);
  } finally {
    signal.removeEventListener('abort', onAbort);
    stopSwitch.close();
    await lock.release();
  }
}

async function playWithJournal(evaluation: Evaluation): Promise<EvaluationSummary> {
  const { plan, dependencies, fileSystem, stopSwitch } = evaluation;
  const journal = new SessionJournal(fileSystem, join(plan.folder, '.sessions.jsonl'));
  const { stop } = stopSwitch;
  const { resumable, rest } = await sortLeftOver(await journal.readLeftOver(), plan, { ...evaluation, stop });
  const { sessions, owners } = await endSessions(evaluation, rest, stop);
  await journal.open({ sessions: [...sessions, ...resumable], owners });
  try {
    const { pairs, absent, lengths } = await openPairs(plan, {
      ...evaluation,
      clock: dependencies.clock,
      stop,
    });
    await takeUp(evaluation, { resumable, pairs, journal });
    const played = await playPairs(evaluation, { pairs, lengths, journal });
    await endUnsettled(evaluation, resumable, journal);
    return { ...played, absent };
  } catch (error) {
    if (!dependencies.signal.aborted || ProctorError.is(error)) throw error;
    // Stopped before the pairs were known: there is nothing to sum up.
    return { pairs: [], absent: [], stoppedAgents: [], interrupted: true };
  } finally {
    if (stop.aborted) await endUnsettled(evaluation, resumable, journal);
    await journal.close();
  }
}

interface TakingUp {
  readonly resumable: readonly JournaledSession[];
  readonly pairs: readonly PairWork[];
  readonly journal: SessionJournal;
}

/** Lets what an evaluation before this one was playing go on, and ends what nothing waits for any more. */
async function takeUp(evaluation: Evaluation, { resumable, pairs, journal }: TakingUp): Promise<void> {
  const { observer } = evaluation;
  const unwanted = takeUpSessions(
    resumable,
    pairs.map(({ pair }) => pair),
  );
  await endUnsettled(evaluation, unwanted, journal);
  const count = resumable.length - unwanted.length;
  if (count > 0)
    observer.notice(`Going on with ${count} sessions that an evaluation before this one left in mid-sample`);
}

/** What cannot be ended stays in the journal as it is, for the next evaluation to see to. */
async function endUnsettled(
  evaluation: Evaluation,
  sessions: readonly JournaledSession[],
  journal: SessionJournal,
): Promise<void> {
  const unsettled = journal.unsettled(sessions);
  if (unsettled.length === 0) return;
  const { giveUp } = evaluation.stopSwitch;
  const left = await endSessions(evaluation, { sessions: unsettled, owners: [] }, giveUp);
  for (const session of unsettled) {
    if (left.sessions.includes(session)) continue;
    journal.markOver(session.startId);
    await journal.settle(session.startId).catch((error: unknown) => {
      evaluation.dependencies.log.warn(coerceError(error).message);
    });
  }
}

function endSessions(evaluation: Evaluation, leftOver: LeftOver, signal: AbortSignal): Promise<LeftOver> {
  const { plan, dependencies } = evaluation;
  const neededAddresses = new Set(plan.pairs.map(({ task }) => plan.controllerOf(task)));
  return endLeftOverSessions(leftOver, { ...dependencies, ...evaluation, neededAddresses, signal });
}

async function playPairs(
  evaluation: Evaluation,
  { pairs, lengths, journal }: Omit<OpenedPairs, 'absent'> & { readonly journal: SessionJournal },
): Promise<Omit<EvaluationSummary, 'absent'>> {
  const { plan, dependencies, observer, timings } = evaluation;
  const { agents, clock, log, signal } = dependencies;
  observer.planKnown(
    pairs.map(({ pair: { agent, task, total, completed } }) => ({ agent, task, total, completed })),
  );
  const { agentConcurrency, autoRetry, maxAttempts, poisonAfter = 3 } = plan;
  const retryRule = { autoRetry, maxAttempts, poisonAfter, retryPauseMs: timings.retryPauseMs };
  const dispatcher = new Dispatcher({
    ...evaluation,
    limitsOf: plan.limitsOf ?? (() => ({})),
    usageWatch: new UsageWatch(observer.notice),
    follow: dependencies.follow,
    secrets: dependencies.secrets ?? [],
    pairs,
    lengths,
    agents,
    agentConcurrency,
    journal,
    clock,
    log,
    retryRule,
  });
  let stoppedBy: ProctorError | undefined;
  try {
    await dispatcher.run();
  } catch (error) {
    if (!ProctorError.is(error)) throw error;
    stoppedBy = error;
    log.error(error.message);
  } finally {
    for (const { files } of pairs) await files.close();
  }
  return {
    pairs: pairs.map(({ pair }) => summarizePair(pair)),
    stoppedAgents: dispatcher.stoppedAgents,
    interrupted: signal.aborted,
    ...(stoppedBy && { stoppedBy }),
  };
}

function checkAgent(name: string, agents: Readonly<Record<string, Agent>>): void {
  if (agents[name]) return;
  throw new ProctorError('config-invalid', {
    problem: `There is no agent "${name}"`,
    wanted: `one of ${Object.keys(agents).join(', ')}`,
  });
}

function makeLinks(make: (address: string) => ControllerLink): (address: string) => ControllerLink {
  const links = new Map<string, ControllerLink>();
  return (address) => {
    const link = links.get(address) ?? make(address);
    links.set(address, link);
    return link;
  };
}
