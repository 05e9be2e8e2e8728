import type { SampleIndex } from '../protocol/index.ts';

/** A sample that is to be tried, and which attempt it is, from 1. */
export interface Ticket {
  readonly index: SampleIndex;
  readonly attempt: number;
}

/** The samples of a pair that wait: in the order of the task, first those that were given back, last those that are tried again. */
export class SampleQueue {
  readonly #indices: readonly SampleIndex[];
  #next = 0;
  readonly #returned: Ticket[] = [];
  readonly #again: Ticket[] = [];
  #isEmptied = false;

  constructor(indices: readonly SampleIndex[]) {
    this.#indices = indices;
  }

  get size(): number {
    if (this.#isEmptied) return 0;
    return this.#returned.length + (this.#indices.length - this.#next) + this.#again.length;
  }

  take(): Ticket | undefined {
    if (this.#isEmptied) return undefined;
    const returned = this.#returned.shift();
    if (returned) return returned;
    const index = this.#indices[this.#next];
    if (index === undefined) return this.#again.shift();
    this.#next++;
    return { index, attempt: 1 };
  }

  /** To be taken before all that has not been tried. */
  giveBack(ticket: Ticket): void {
    this.#returned.push(ticket);
  }

  /** To be taken after all others. */
  tryAgain(ticket: Ticket): void {
    this.#again.push(ticket);
  }

  /** For good: what is given back later does not wait either. */
  empty(): void {
    this.#isEmptied = true;
  }
}
