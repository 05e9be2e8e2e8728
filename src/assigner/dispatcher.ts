import { coerceError, type Clock, type Logger, type Timer } from '../base/index.ts';
import { redactText } from '../config/index.ts';
import type { Agent } from '../agents/index.ts';
import type { Failure, SampleEnd } from './failure.ts';
import { finishPair } from './finish-pair.ts';
import type { EvaluationObserver } from './observer.ts';
import type { PairState } from './pair-state.ts';
import { stampTime, type FileSystem } from './results/index.ts';
import { planRetry, type RetryRule } from './retry.ts';
import { runSample } from './run-sample.ts';
import type { Ticket } from './sample-queue.ts';
import { schedule } from './schedule.ts';
import type { SessionJournal } from './session-journal.ts';
import { SlotWatch } from './slot-watch.ts';
import type { StopSwitch } from './stop-switch.ts';
import type { PairWork, TaskRuntime } from './task-runtime.ts';
import type { EvaluationTimings } from './timings.ts';

export interface DispatcherDependencies {
  readonly pairs: readonly PairWork[];
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
}

/**
 * Plays all samples of all pairs. Whenever something has changed, one synchronous step decides what starts now, and no other place
 * does; what was decided then runs by itself and reports back.
 */
export class Dispatcher {
  readonly #dependencies: DispatcherDependencies;
  readonly #pairs: readonly PairWork[];
  readonly #runtimes: readonly TaskRuntime[];
  readonly #watch: SlotWatch;
  readonly #agentsBusy = new Map<string, number>();
  readonly #retries = new Set<Timer>();
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;
  #underWay = 0;
  #failure: Error | undefined;

  constructor(dependencies: DispatcherDependencies) {
    this.#dependencies = dependencies;
    this.#pairs = dependencies.pairs;
    this.#runtimes = [...new Set(this.#pairs.map((work) => work.runtime))];
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

  /** NOTE: synchronous, so that nothing changes while it decides. */
  #advance(): void {
    const isStopped = this.#dependencies.stopSwitch.stop.aborted;
    if (isStopped) {
      for (const timer of this.#retries) timer.cancel();
      this.#retries.clear();
    } else {
      // 1. What can start, starts.
      const counts = schedule(this.#describeDemand());
      counts.forEach((count, position) => {
        for (let started = 0; started < count; started++)
          this.#startSample(this.#pairs[position] as PairWork);
      });
      // 2. Where samples wait for nothing but slots, slots are looked for.
      this.#watch.request();
      // 3. What is complete is scored.
      for (const work of this.#pairs) if (work.pair.claimOverall()) this.#startFinishing(work);
    }
    // 4. When nothing is left, that is the end.
    const isDone = isStopped || this.#pairs.every((work) => work.pair.isSettled);
    if (isDone && this.#underWay === 0) this.#end();
  }

  #describeDemand() {
    const agents = new Set(this.#pairs.map((work) => work.pair.agent));
    return {
      pairs: this.#pairs.map((work) => work.pair),
      agents: new Map([...agents].map((agent) => [agent, this.#freeOf(agent)])),
      tasks: new Map(this.#runtimes.map((runtime) => [runtime.task, runtime.slots.free])),
    };
  }

  #freeOf(agent: string): number {
    return (this.#dependencies.agentConcurrency[agent] ?? 0) - (this.#agentsBusy.get(agent) ?? 0);
  }

  #startSample(work: PairWork): void {
    const { pair, runtime } = work;
    const ticket = pair.claim();
    if (!ticket) return;
    runtime.slots.start();
    this.#countAgent(pair.agent, 1);
    this.#track(
      this.#playSample(work, ticket).catch((error: unknown) => {
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

  async #playSample(work: PairWork, ticket: Ticket): Promise<void> {
    const { agents, journal, timings, clock, log, observer, stopSwitch } = this.#dependencies;
    const { pair, runtime } = work;
    observer.sampleStart({ agent: pair.agent, task: pair.task, ...ticket });
    const end = await runSample({
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
    await this.#settleSample(work, ticket, end);
  }

  /** The record is on disk before the slot is free: all moves come after the last await. */
  async #settleSample(work: PairWork, ticket: Ticket, end: SampleEnd): Promise<void> {
    const { pair, files, runtime } = work;
    const { clock, observer } = this.#dependencies;
    const event = { agent: pair.agent, task: pair.task, ...ticket };
    if (end.kind === 'finished') {
      const { output, sessionId } = end;
      const { index, attempt } = ticket;
      const time = stampTime(clock.now());
      await files.append({ index, error: null, info: null, output, time, attempt, session_id: sessionId });
      pair.complete(output.status);
      runtime.slots.end();
      observer.sampleEnd({ ...event, status: output.status });
    } else if (end.kind === 'failed') {
      await this.#settleFailure(work, ticket, end.failure);
    } else {
      pair.giveBack(ticket);
      if (end.kind === 'unavailable') runtime.slots.refuse();
      else runtime.slots.end();
      observer.sampleReturn(event);
    }
  }

  async #settleFailure(work: PairWork, ticket: Ticket, failure: Failure): Promise<void> {
    const { pair, files, runtime } = work;
    const { clock, observer, retryRule, secrets } = this.#dependencies;
    const { error, output, sessionId } = failure;
    const info = redactText(failure.info, secrets);
    const { index, attempt } = ticket;
    await files.append({
      index,
      error,
      info,
      output,
      time: stampTime(clock.now()),
      attempt,
      ...(sessionId !== undefined && { session_id: sessionId }),
    });
    runtime.slots.end();
    const { isLost } = runtime.link;
    const retryInMs = isLost ? undefined : planRetry(failure, attempt, retryRule);
    if (isLost) this.#watch.loseController(runtime.link, info);
    if (retryInMs === undefined) pair.fail();
    else this.#retryLater(pair, { index, attempt: attempt + 1 }, retryInMs);
    const event = { agent: pair.agent, task: pair.task, ...ticket, error, reason: info };
    observer.sampleFailed({ ...event, ...(retryInMs !== undefined && { retryInMs }) });
  }

  #retryLater(pair: PairState, ticket: Ticket, pauseMs: number): void {
    pair.postpone();
    if (this.#dependencies.stopSwitch.stop.aborted) return;
    const timer = this.#dependencies.clock.after(pauseMs, () => {
      this.#retries.delete(timer);
      pair.resume(ticket);
      this.#advance();
    });
    this.#retries.add(timer);
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
