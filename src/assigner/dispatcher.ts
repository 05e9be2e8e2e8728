import { coerceError, type Clock, type Logger } from '../base/index.ts';
import type { Agent } from '../agents/index.ts';
import type { EventFollower } from '../protocol/index.ts';
import type { ExpectedLengths } from './expected-lengths.ts';
import { describeFailed, type Failure, type SampleEnd } from './failure.ts';
import { finishPair } from './finish-pair.ts';
import type { JournaledSession } from './journal-lines.ts';
import { makeErrorRecord, makeRunRecord, redactFailure } from './make-record.ts';
import type { EvaluationObserver } from './observer.ts';
import type { PairState } from './pair-state.ts';
import { PendingRetries } from './pending-retries.ts';
import type { FileSystem } from './results/index.ts';
import { isPoison, isWorkerDeath, planRetry, type RetryRule } from './retry.ts';
import { runSample } from './run-sample.ts';
import type { SampleLimits, UsageWatch } from './sample-limits.ts';
import type { ResumedTicket, Ticket } from './sample-queue.ts';
import { schedule } from './schedule.ts';
import type { SessionJournal } from './session-journal.ts';
import { SlotWatch } from './slot-watch.ts';
import type { StopSwitch } from './stop-switch.ts';
import type { StoppedAgent } from './summary.ts';
import type { PairWork, TaskRuntime } from './task-runtime.ts';
import type { EvaluationTimings } from './timings.ts';

export interface DispatcherDependencies {
  readonly pairs: readonly PairWork[];
  /** Told of each sample's length. */
  readonly lengths: ExpectedLengths;
  readonly agents: Readonly<Record<string, Agent>>;
  readonly agentConcurrency: Readonly<Record<string, number>>;
  readonly journal: SessionJournal;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly log: Logger;
  readonly observer: Required<EvaluationObserver>;
  readonly timings: EvaluationTimings;
  readonly retryRule: RetryRule;
  readonly stopSwitch: StopSwitch;
  readonly secrets: readonly string[];
  /** By the task's name. */
  readonly limitsOf: (task: string) => SampleLimits;
  readonly usageWatch: UsageWatch;
  readonly follow: EventFollower | undefined;
}

/** How a sample ended, and how long it was played. */
type TimedEnd = SampleEnd & { readonly seconds: number | undefined };

/**
 * Plays all samples of all pairs. Whenever something has changed, one synchronous step decides what starts now, and no other place
 * does; what was decided then runs by itself and reports back.
 */
export class Dispatcher {
  readonly #dependencies: DispatcherDependencies;
  readonly #pairs: readonly PairWork[];
  readonly #states: readonly PairState[];
  readonly #agents: readonly string[];
  readonly #runtimes: readonly TaskRuntime[];
  readonly #watch: SlotWatch;
  readonly #agentsBusy = new Map<string, number>();
  readonly #retries: PendingRetries;
  /** Why, by name. */
  readonly #stoppedAgents = new Map<string, string>();
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;
  #underWay = 0;
  #failure: Error | undefined;

  constructor(dependencies: DispatcherDependencies) {
    this.#dependencies = dependencies;
    this.#pairs = dependencies.pairs;
    this.#states = this.#pairs.map((work) => work.pair);
    this.#agents = [...new Set(this.#states.map((pair) => pair.agent))];
    this.#runtimes = [...new Set(this.#pairs.map((work) => work.runtime))];
    this.#retries = new PendingRetries(dependencies.clock, () => this.#advance());
    this.#watch = new SlotWatch({
      ...dependencies,
      stop: dependencies.stopSwitch.stop,
      hasFreeAgent: (agent) => this.#freeOf(agent) > 0,
      onChange: () => this.#advance(),
    });
    this.#ended = new Promise((resolve) => (this.#end = resolve));
  }

  /**
   * Resolves when nothing is left to do, or all is ended after a stop. Rejects, after everything has ended, with what made going on
   * impossible, such as `disk-full`.
   */
  async run(): Promise<void> {
    const { stop } = this.#dependencies.stopSwitch;
    const onStop = () => this.#advance();
    stop.addEventListener('abort', onStop, { once: true });
    this.#advance();
    await this.#ended;
    stop.removeEventListener('abort', onStop);
    this.#watch.stop();
    if (this.#failure) throw this.#failure;
  }

  /** Agents of which nothing more could come, so far. */
  get stoppedAgents(): readonly StoppedAgent[] {
    return [...this.#stoppedAgents].map(([agent, reason]) => ({ agent, reason }));
  }

  /** NOTE: synchronous, so that nothing changes while it decides. */
  #advance(): void {
    const isStopped = this.#dependencies.stopSwitch.stop.aborted;
    if (isStopped) {
      this.#retries.cancel();
    } else {
      // 1. What an evaluation before this one was playing goes on, in the slots that it holds.
      for (const work of this.#pairs) this.#resumeSamples(work);
      // 2. What can start, starts.
      const counts = schedule(this.#describeDemand());
      counts.forEach((count, position) => {
        for (let started = 0; started < count; started++)
          this.#startSample(this.#pairs[position] as PairWork);
      });
      // 3. Where samples wait for nothing but slots, slots are looked for.
      this.#watch.request();
      // 4. Where nothing is left to play, what there is is scored.
      for (const work of this.#pairs)
        if (!work.runtime.link.isLost && work.pair.claimOverall()) this.#startFinishing(work);
    }
    // 5. When nothing is left, that is the end.
    const isDone = isStopped || this.#pairs.every((work) => work.pair.isSettled);
    if (isDone && this.#underWay === 0) this.#end();
  }

  #describeDemand() {
    return {
      pairs: this.#states,
      agents: new Map(this.#agents.map((agent) => [agent, this.#freeOf(agent)])),
      tasks: new Map(this.#runtimes.map((runtime) => [runtime.task, runtime.slots.free])),
    };
  }

  #freeOf(agent: string): number {
    return (this.#dependencies.agentConcurrency[agent] ?? 0) - (this.#agentsBusy.get(agent) ?? 0);
  }

  #startSample(work: PairWork): void {
    const ticket = work.pair.claim();
    if (!ticket) return;
    work.runtime.slots.start();
    this.#launchSample(work, ticket);
  }

  #resumeSamples(work: PairWork): void {
    while (work.pair.resumed.length > 0 && this.#freeOf(work.pair.agent) > 0) {
      const ticket = work.pair.claimResumed();
      if (!ticket) return;
      work.runtime.slots.resume();
      this.#launchSample(work, ticket);
    }
  }

  #launchSample(work: PairWork, claimed: Ticket & Partial<ResumedTicket>): void {
    const { pair, runtime } = work;
    const { session: resumed, ...ticket } = claimed;
    this.#countAgent(pair.agent, 1);
    this.#track(
      this.#playSample(work, ticket, resumed).catch((error: unknown) => {
        pair.giveBack(ticket);
        runtime.slots.end();
        this.#halt(error);
      }),
      () => this.#countAgent(pair.agent, -1),
    );
  }

  #startFinishing(work: PairWork): void {
    const { fileSystem, clock, timings, observer, stopSwitch } = this.#dependencies;
    const shared = { fileSystem, clock, timings, stop: stopSwitch.stop, warn: observer.notice };
    this.#track(finishPair({ ...work, ...shared }).catch((error: unknown) => this.#halt(error)));
  }

  /** What runs here has its errors caught. */
  #track(work: Promise<void>, onEnd?: () => void): void {
    this.#underWay++;
    void work.then(() => {
      this.#underWay--;
      onEnd?.();
      this.#advance();
    });
  }

  async #playSample(work: PairWork, ticket: Ticket, resumed?: JournaledSession): Promise<void> {
    const { agents, journal, timings, clock, log, observer, stopSwitch } = this.#dependencies;
    const { limitsOf, usageWatch } = this.#dependencies;
    const { pair, runtime } = work;
    observer.sampleStart({ agent: pair.agent, task: pair.task, ...ticket });
    const startId = resumed?.startId ?? journal.nextStartId();
    let startMs = clock.now();
    const end = await runSample({
      onStarted: () => (startMs = clock.now()),
      startId,
      resumed,
      limits: limitsOf(pair.task),
      usageWatch,
      attempt: ticket.attempt,
      agent: agents[pair.agent] as Agent,
      agentName: pair.agent,
      task: pair.task,
      controllerName: runtime.controllerName,
      index: ticket.index,
      link: runtime.link,
      journal,
      timings,
      clock,
      log,
      stop: stopSwitch.stop,
      giveUp: stopSwitch.giveUp,
    });
    // Of a session that an evaluation before this one began, the length is not known.
    const seconds = resumed ? undefined : Math.round(clock.now() - startMs) / 1000;
    const isRecorded = await this.#settleSample(work, ticket, { ...end, seconds });
    const settled = journal.settle(startId).catch((error: unknown) => this.#halt(error));
    // What is recorded is never gone on with, whatever the journal says of its session: the agent's slot need not wait for that.
    if (isRecorded) this.#track(settled);
    else await settled;
  }

  /** The record is on disk before the slot is free: all moves come after the last await. Tells whether the sample is done with. */
  async #settleSample(work: PairWork, ticket: Ticket, end: TimedEnd): Promise<boolean> {
    const { pair, files, runtime } = work;
    const { clock, observer, lengths } = this.#dependencies;
    const { index, attempt } = ticket;
    const event = { agent: pair.agent, task: pair.task, index, attempt };
    const failure = describeFailed(end);
    if (failure) {
      await this.#settleFailure(work, ticket, failure);
      return false;
    }
    if (end.kind === 'finished') {
      const { output, cause, seconds } = end;
      await files.append(makeRunRecord(end, { index, attempt, nowMs: clock.now(), seconds }));
      if (seconds !== undefined) lengths.note({ agent: pair.agent, task: pair.task, index, seconds });
      pair.complete(output.status);
      runtime.slots.end();
      observer.sampleEnd({ ...event, status: output.status, cause });
      return true;
    }
    pair.giveBack(ticket);
    if (end.kind === 'unavailable') runtime.slots.refuse();
    else if (end.kind === 'gone') runtime.slots.miss();
    else runtime.slots.end();
    observer.sampleReturn(event);
    return false;
  }

  async #settleFailure(work: PairWork, ticket: Ticket, described: Failure): Promise<void> {
    const { pair, files, runtime } = work;
    const { clock, observer, secrets } = this.#dependencies;
    const failure = redactFailure(described, secrets);
    const { error, cause, code, info: reason } = failure;
    const { index, attempt } = ticket;
    await files.append(makeErrorRecord(failure, { index, attempt, nowMs: clock.now() }));
    runtime.slots.end();
    if (runtime.link.isLost) this.#watch.loseController(runtime.link, reason);
    if (failure.stopsAgent === true) this.#stopAgent(pair.agent, failure.sentence);
    const retryInMs = this.#placeFailed(work, ticket, failure);
    const event = { agent: pair.agent, task: pair.task, index, attempt, error, cause, code, reason };
    observer.sampleFailed({ ...event, ...(retryInMs !== undefined && { retryInMs }) });
  }

  /** What becomes of a sample that has failed: it waits for another attempt, is set aside, or stays failed. Gives the pause, if any. */
  #placeFailed({ pair, runtime }: PairWork, ticket: Ticket, failure: Failure): number | undefined {
    const { observer, retryRule, stopSwitch } = this.#dependencies;
    const { index, attempt } = ticket;
    const { cause } = failure;
    const deaths = (ticket.deaths ?? 0) + (isWorkerDeath(failure) ? 1 : 0);
    const failed = { failure, attempt, deaths };
    const isOver = runtime.link.isLost || this.#stoppedAgents.has(pair.agent);
    const retryInMs = isOver ? undefined : planRetry(failed, retryRule);
    if (retryInMs !== undefined) {
      pair.postpone();
      const next = { index, attempt: attempt + 1, deaths, failedBy: cause };
      if (!stopSwitch.stop.aborted) this.#retries.add(pair, next, retryInMs);
    } else if (isPoison(failed, retryRule)) {
      pair.setAside(index, cause);
      observer.notice(
        `Sample ${JSON.stringify(index)} of ${pair.task} is set aside: ${deaths} workers died under it, played by ${pair.agent}`,
      );
    } else pair.fail(cause);
    return retryInMs;
  }

  /** Its running samples end as they can; what waits for it is not played, and the others go on. */
  #stopAgent(agent: string, reason: string): void {
    if (this.#stoppedAgents.has(agent)) return;
    this.#stoppedAgents.set(agent, reason);
    const own = this.#pairs.map(({ pair }) => pair).filter((pair) => pair.agent === agent);
    const waiting = own.reduce((sum, pair) => sum + pair.waiting + pair.resumed.length, 0);
    for (const pair of own) pair.abandon();
    this.#retries.release(agent);
    this.#dependencies.observer.notice(
      `Agent ${agent} is stopped: ${reason} - ${waiting} of its samples are not played. Correct its url, key or model, or see to its ` +
        'credit; then give the same command again.',
    );
  }

  #countAgent(agent: string, change: 1 | -1): void {
    this.#agentsBusy.set(agent, (this.#agentsBusy.get(agent) ?? 0) + change);
  }

  /** The first reason stands; those after it are its consequences. */
  #halt(error: unknown): void {
    this.#failure ??= coerceError(error);
    this.#dependencies.stopSwitch.begin(error);
  }
}
