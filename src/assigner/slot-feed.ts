import { coerceError, parseJson, sleep, type Clock, type Logger } from '../base/index.ts';
import {
  controllerEvents,
  eventsPath,
  TransportError,
  type EventData,
  type EventFollower,
  type StreamedEvent,
} from '../protocol/index.ts';
import type { ControllerLink } from './controller-link.ts';
import type { EvaluationTimings } from './timings.ts';

export interface FeedDependencies {
  readonly follow: EventFollower | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timings: EvaluationTimings;
  readonly stop: AbortSignal;
  /** Told of a task's slots whenever they change. */
  readonly onSlots: (slots: EventData<'slots'>) => void;
  /** What it knew is known no longer. */
  readonly onBreak: () => void;
}

const lookedUp = 'The free slots are looked up until the controller tells of them again';

/** Follows the free slots of one controller, where it tells of them, and comes back after a break. */
export class SlotFeed {
  readonly #link: ControllerLink;
  readonly #dependencies: FeedDependencies;
  readonly #closing = new AbortController();
  /** The tasks that have workers, while the controller is heard. */
  readonly #present = new Set<string>();
  #hasBegun = false;

  constructor(link: ControllerLink, dependencies: FeedDependencies) {
    this.#link = link;
    this.#dependencies = dependencies;
  }

  /** Begins to follow; the second call does nothing. */
  start(): void {
    if (this.#hasBegun || this.#dependencies.stop.aborted) return;
    this.#hasBegun = true;
    void this.#run();
  }

  /** Whether each change of the task's slots is told: it has workers, and its controller is heard. */
  covers(controllerName: string): boolean {
    return this.#present.has(controllerName);
  }

  close(): void {
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    const { follow, clock, log, timings, stop } = this.#dependencies;
    const signal = AbortSignal.any([stop, this.#closing.signal]);
    try {
      if (!follow || !(await this.#link.learnAbilities(signal)).events) return;
      for (let pauseMs = timings.firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, timings.longestPauseMs)) {
        await this.#followOnce(follow, signal, () => (pauseMs = timings.firstPauseMs));
        this.#present.clear();
        this.#dependencies.onBreak();
        await sleep(clock, pauseMs, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      // What is not heard here is looked up, which tells of a controller that is away.
      log.debug('The free slots are looked up', { reason: error instanceof Error ? error.message : '' });
    }
  }

  /** Follows until that ends, for whatever reason. Throws the signal's. */
  async #followOnce(follow: EventFollower, signal: AbortSignal, onEvent: () => void): Promise<void> {
    const { log } = this.#dependencies;
    const url = `${this.#link.address}${eventsPath}?kinds=slots`;
    try {
      // From the present on, not from where it broke: what counts is how things stand, and that is told first.
      for await (const event of follow({ url, lastEventId: undefined, signal })) {
        this.#take(event);
        onEvent();
      }
      log.debug(lookedUp, { reason: 'the stream ended' });
    } catch (error) {
      signal.throwIfAborted();
      const reason = coerceError(error).message;
      // Whatever else it is, such as an event that cannot be read, slots must be known all the same.
      if (error instanceof TransportError) log.debug(lookedUp, { reason });
      else log.warn(lookedUp, { reason });
    }
  }

  #take({ type, data }: StreamedEvent): void {
    if (type === 'reset') this.#begin(controllerEvents.reset.parse(parseJson(data)).slots);
    else if (type === 'slots') this.#learn(controllerEvents.slots.parse(parseJson(data)));
  }

  /** How things stand, first of all or after events that were missed: a task that is not among them has no workers any more. */
  #begin(all: readonly EventData<'slots'>[]): void {
    const listed = new Set(all.map(({ task }) => task));
    for (const task of [...this.#present]) if (!listed.has(task)) this.#learn({ task, capacity: 0, used: 0 });
    for (const slots of all) this.#learn(slots);
  }

  #learn(slots: EventData<'slots'>): void {
    if (slots.capacity > 0) this.#present.add(slots.task);
    else this.#present.delete(slots.task);
    this.#dependencies.onSlots(slots);
  }
}
