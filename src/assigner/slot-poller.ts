import { coerceError, type Clock, type Timer } from '../base/index.ts';
import { controllerRoutes, type ListWorkersReply, TransportError } from '../protocol/index.ts';
import { noReply, type ControllerLink } from './controller-link.ts';
import type { EvaluationTimings } from './timings.ts';

export interface PollerDependencies {
  readonly clock: Clock;
  readonly timings: EvaluationTimings;
  readonly stop: AbortSignal;
  /** Called before a look: whether samples still wait for a slot there, and nothing else holds them up. */
  readonly isNeeded: () => boolean;
  /** Called right before the request goes out; what it gives is called with the reply. */
  readonly ask: () => (reply: ListWorkersReply) => void;
  /** The controller answered, but nothing that helps. */
  readonly onFailure: (reason: string) => void;
  /** The patience with the controller is over. */
  readonly onLost: (reason: string) => void;
}

/** Looks at the free slots of all tasks of one controller with one request: while it is needed, and at most once a period. */
export class SlotPoller {
  readonly #link: ControllerLink;
  readonly #dependencies: PollerDependencies;
  #lastMs = -Infinity;
  #timer: Timer | undefined;
  #isAsking = false;

  constructor(link: ControllerLink, dependencies: PollerDependencies) {
    this.#link = link;
    this.#dependencies = dependencies;
  }

  /** Makes sure that a look comes as soon as the period allows, if it is needed still by then. */
  request(): void {
    const { clock, timings, stop } = this.#dependencies;
    if (this.#isAsking || this.#timer || stop.aborted) return;
    const delayMs = this.#lastMs + timings.pollPeriodMs - clock.now();
    if (delayMs <= 0) {
      void this.#look();
      return;
    }
    this.#timer = clock.after(delayMs, () => {
      this.#timer = undefined;
      if (this.#dependencies.isNeeded()) void this.#look();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    const { clock, timings, stop, ask, onFailure, onLost } = this.#dependencies;
    this.#isAsking = true;
    this.#lastMs = clock.now();
    const learn = ask();
    let settle: () => void;
    try {
      const call = { timeoutMs: timings.lookupMs, repeatOn: noReply, signal: stop };
      const reply = await this.#link.call(controllerRoutes.listWorkers, {}, call);
      settle = () => learn(reply);
    } catch (error) {
      const reason = coerceError(error).message;
      settle = () => (error instanceof TransportError ? onLost(reason) : onFailure(reason));
    }
    this.#isAsking = false;
    this.#lastMs = clock.now();
    if (!stop.aborted) settle();
  }
}
