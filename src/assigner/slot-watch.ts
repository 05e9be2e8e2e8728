import type { Clock, Logger } from '../base/index.ts';
import type { EventData, EventFollower, ListWorkersReply } from '../protocol/index.ts';
import type { ControllerLink } from './controller-link.ts';
import type { EvaluationObserver } from './observer.ts';
import { SlotFeed } from './slot-feed.ts';
import { SlotPoller } from './slot-poller.ts';
import type { PairWork, TaskRuntime } from './task-runtime.ts';
import type { EvaluationTimings } from './timings.ts';

export interface SlotWatchDependencies {
  readonly pairs: readonly PairWork[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Follows what controllers tell; slots are looked up without it. */
  readonly follow: EventFollower | undefined;
  readonly observer: Required<EvaluationObserver>;
  readonly timings: EvaluationTimings;
  readonly stop: AbortSignal;
  readonly hasFreeAgent: (agent: string) => boolean;
  /** Called when slots were learned, or waiting samples given up. */
  readonly onChange: () => void;
}

/** Learns the free slots of all tasks where samples wait for nothing else, and gives a task up that is gone for too long. */
export class SlotWatch {
  readonly #dependencies: SlotWatchDependencies;
  readonly #runtimes: readonly TaskRuntime[];
  readonly #pollers: ReadonlyMap<ControllerLink, SlotPoller>;
  readonly #feeds: ReadonlyMap<ControllerLink, SlotFeed>;
  /** How often each task's slots were told. */
  readonly #told = new Map<TaskRuntime, number>();

  constructor(dependencies: SlotWatchDependencies) {
    this.#dependencies = dependencies;
    this.#runtimes = [...new Set(dependencies.pairs.map((work) => work.runtime))];
    const links = new Set(this.#runtimes.map((runtime) => runtime.link));
    this.#pollers = new Map([...links].map((link) => [link, this.#makePoller(link)]));
    this.#feeds = new Map([...links].map((link) => [link, this.#makeFeed(link)]));
  }

  /** Has a look wherever it is needed and the controller does not tell of its own accord, as soon as the period allows. */
  request(): void {
    for (const [link, poller] of this.#pollers) {
      if (!this.#isNeeded(link)) continue;
      poller.request();
      this.#feeds.get(link)?.start();
    }
  }

  stop(): void {
    for (const poller of this.#pollers.values()) poller.stop();
    for (const feed of this.#feeds.values()) feed.close();
  }

  /** Gives up what waits for a controller that is out of reach for too long. */
  loseController(link: ControllerLink, reason: string): void {
    for (const runtime of this.#runtimes)
      if (runtime.link === link) this.#abandon(runtime, `the controller does not answer: ${reason}`);
  }

  #isNeeded(link: ControllerLink): boolean {
    const { pairs, hasFreeAgent } = this.#dependencies;
    return pairs.some(
      ({ pair, runtime }) =>
        runtime.link === link &&
        pair.waiting > 0 &&
        runtime.slots.isShort &&
        hasFreeAgent(pair.agent) &&
        (runtime.slots.isUnsure || !this.#feeds.get(link)?.covers(runtime.controllerName)),
    );
  }

  #makeFeed(link: ControllerLink): SlotFeed {
    const here = this.#runtimes.filter((runtime) => runtime.link === link);
    return new SlotFeed(link, {
      ...this.#dependencies,
      onSlots: (slots) => {
        for (const runtime of here) if (runtime.controllerName === slots.task) this.#hear(runtime, slots);
        this.#dependencies.onChange();
      },
      onBreak: () => this.#dependencies.onChange(),
    });
  }

  /** What was under way when it was told is not known: others may be credited with too few, and then a start waits at the controller. */
  #hear(runtime: TaskRuntime, { capacity, used }: EventData<'slots'>): void {
    this.#told.set(runtime, this.#timesTold(runtime) + 1);
    runtime.slots.learn(runtime.slots.snapshot(), [{ status: 0, capacity, current: used }]);
    this.#notePresence(runtime, capacity > 0);
  }

  #makePoller(link: ControllerLink): SlotPoller {
    const { log, onChange } = this.#dependencies;
    const here = this.#runtimes.filter((runtime) => runtime.link === link);
    return new SlotPoller(link, {
      ...this.#dependencies,
      isNeeded: () => this.#isNeeded(link),
      ask: () => this.#takeSnapshot(here),
      onFailure: (reason) => {
        log.warn('The free slots could not be read', { controller: link.address, reason });
        for (const runtime of here) this.#notePresence(runtime, false);
        onChange();
      },
      onLost: (reason) => {
        this.loseController(link, reason);
        onChange();
      },
    });
  }

  #takeSnapshot(runtimes: readonly TaskRuntime[]): (reply: ListWorkersReply) => void {
    const asked = runtimes.map((runtime) => ({
      runtime,
      snapshot: runtime.slots.snapshot(),
      told: this.#timesTold(runtime),
    }));
    return (reply) => {
      for (const { runtime, snapshot, told } of asked) {
        // The reply may have been long on its way: what was told since is newer.
        if (this.#timesTold(runtime) !== told) continue;
        const workers = Object.values(reply[runtime.controllerName]?.workers ?? {});
        runtime.slots.learn(snapshot, workers);
        const isPresent = workers.some((worker) => worker.status === 0);
        this.#notePresence(runtime, isPresent);
      }
      this.#dependencies.onChange();
    };
  }

  #timesTold(runtime: TaskRuntime): number {
    return this.#told.get(runtime) ?? 0;
  }

  #notePresence(runtime: TaskRuntime, isPresent: boolean): void {
    const { pairs, clock, observer, timings } = this.#dependencies;
    const isWanted = pairs.some((work) => work.runtime === runtime && work.pair.waiting > 0);
    if (!isPresent && !isWanted) return;
    const change = runtime.presence.note(isPresent, clock.now());
    const seconds = Math.round(timings.taskAbsenceMs / 1000);
    if (change === 'left')
      observer.waiting(`No worker of ${runtime.task} is there; waiting for one, up to ${seconds} s`);
    if (change === 'returned') observer.notice(`A worker of ${runtime.task} is there again`);
    if (change === 'gone') this.#abandon(runtime, `no worker came in ${seconds} s`);
  }

  #abandon(runtime: TaskRuntime, reason: string): void {
    const { pairs, observer } = this.#dependencies;
    const own = pairs.filter((work) => work.runtime === runtime);
    const waiting = own.reduce((sum, work) => sum + work.pair.waiting, 0);
    for (const { pair } of own) pair.abandon();
    if (waiting > 0) observer.notice(`${waiting} samples of ${runtime.task} are not played: ${reason}`);
  }
}
