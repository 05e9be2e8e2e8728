import { join } from 'node:path';
import { ProctorError, type Clock, type Logger } from '../base/index.ts';
import type { Transport } from '../protocol/index.ts';
import type { Agent } from '../agents/index.ts';
import { ControllerLink } from './controller-link.ts';
import { Dispatcher } from './dispatcher.ts';
import { endLeftOverSessions } from './end-left-over-sessions.ts';
import { guardObserver, type EvaluationObserver } from './observer.ts';
import { openOutput } from './open-output.ts';
import { openPairs } from './open-pairs.ts';
import { checkPlan, completeTimings, type EvaluationPlan } from './plan.ts';
import { realFileSystem, type FileSystem } from './results/index.ts';
import { SessionJournal } from './session-journal.ts';
import { StopSwitch } from './stop-switch.ts';
import { summarizePair, type EvaluationSummary } from './summary.ts';
import type { PairWork } from './task-runtime.ts';
import type { EvaluationTimings } from './timings.ts';

export interface EvaluationDependencies {
  readonly transport: Transport;
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
  const neededAddresses = new Set(plan.pairs.map(({ task }) => plan.controllerOf(task)));
  const leftOver = await journal.readLeftOver();
  const stillLive = await endLeftOverSessions(leftOver, { ...dependencies, ...evaluation, neededAddresses });
  await journal.open(stillLive);
  try {
    const opening = { ...evaluation, clock: dependencies.clock, stop: stopSwitch.stop };
    const { pairs, absent } = await openPairs(plan, opening);
    return { ...(await playPairs(evaluation, pairs, journal)), absent };
  } catch (error) {
    if (!dependencies.signal.aborted || ProctorError.is(error)) throw error;
    // Stopped before the pairs were known: there is nothing to sum up.
    return { pairs: [], absent: [], interrupted: true };
  } finally {
    await journal.close();
  }
}

async function playPairs(
  evaluation: Evaluation,
  pairs: readonly PairWork[],
  journal: SessionJournal,
): Promise<Omit<EvaluationSummary, 'absent'>> {
  const { plan, dependencies, observer, timings } = evaluation;
  const { agents, clock, log, signal } = dependencies;
  observer.planKnown(
    pairs.map(({ pair: { agent, task, total, completed } }) => ({ agent, task, total, completed })),
  );
  const { agentConcurrency, autoRetry, maxAttempts } = plan;
  const retryRule = { autoRetry, maxAttempts, retryPauseMs: timings.retryPauseMs };
  const dispatcher = new Dispatcher({
    ...evaluation,
    secrets: dependencies.secrets ?? [],
    pairs,
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
