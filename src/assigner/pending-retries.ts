import type { Clock, Timer } from '../base/index.ts';
import type { PairState } from './pair-state.ts';
import type { Ticket } from './sample-queue.ts';

/** The samples that are to be tried again after a pause. */
export class PendingRetries {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  readonly #waiting = new Map<Timer, { readonly pair: PairState; readonly ticket: Ticket }>();

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** The sample, which the pair has postponed, waits again after the pause. */
  add(pair: PairState, ticket: Ticket, pauseMs: number): void {
    const timer = this.#clock.after(pauseMs, () => {
      this.#waiting.delete(timer);
      pair.resume(ticket);
      this.#onDue();
    });
    this.#waiting.set(timer, { pair, ticket });
  }

  /** Hands the samples of an agent back to their pairs at once, which were abandoned. */
  release(agent: string): void {
    for (const [timer, { pair, ticket }] of this.#waiting) {
      if (pair.agent !== agent) continue;
      timer.cancel();
      this.#waiting.delete(timer);
      pair.resume(ticket);
    }
  }

  /** None of them is tried any more. */
  cancel(): void {
    for (const timer of this.#waiting.keys()) timer.cancel();
    this.#waiting.clear();
  }
}
