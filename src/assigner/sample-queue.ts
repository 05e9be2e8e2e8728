import type { Cause, SampleIndex } from '../protocol/index.ts';
import type { JournaledSession } from './journal-lines.ts';
import { UntriedSamples, type UntriedSource } from './untried-samples.ts';

/** A sample that is to be tried, and which attempt it is, from 1. */
export interface Ticket {
  readonly index: SampleIndex;
  readonly attempt: number;
  /** Workers that have died under it so far. */
  readonly deaths?: number;
  /** Whose doing its last failure was, where it has failed. */
  readonly failedBy?: Cause;
}

/** A sample that goes on with the session that an evaluation before this one started for it. */
export interface ResumedTicket extends Ticket {
  readonly session: JournaledSession;
}

/**
 * The samples of a pair that wait: first those that were given back, then the one that is expected to take longest, last those that are
 * tried again.
 */
export class SampleQueue {
  readonly #untried: UntriedSamples;
  #resumed: ResumedTicket[] = [];
  #returned: Ticket[] = [];
  #again: Ticket[] = [];
  #isEmptied = false;

  constructor(source: UntriedSource) {
    this.#untried = new UntriedSamples(source);
  }

  /** Those that wait for a slot. */
  get size(): number {
    return this.#returned.length + this.#untried.size + this.#again.length;
  }

  /** Those that hold a slot already, and wait to be gone on with. */
  get resumed(): readonly ResumedTicket[] {
    return this.#resumed;
  }

  /** Lets a sample that was not taken yet go on with its session. False when there is none such. */
  takeUp(ticket: ResumedTicket): boolean {
    if (!this.#untried.remove(ticket.index)) return false;
    this.#resumed.push(ticket);
    return true;
  }

  takeResumed(): ResumedTicket | undefined {
    return this.#resumed.shift();
  }

  take(): Ticket | undefined {
    const returned = this.#returned.shift();
    if (returned) return returned;
    const index = this.#untried.take();
    return index === undefined ? this.#again.shift() : { index, attempt: 1 };
  }

  /** To be taken before all that has not been tried; false when the queue was emptied, and nothing waits there any more. */
  giveBack(ticket: Ticket): boolean {
    if (!this.#isEmptied) this.#returned.push(ticket);
    return !this.#isEmptied;
  }

  /** To be taken after all others; false as above. */
  tryAgain(ticket: Ticket): boolean {
    if (!this.#isEmptied) this.#again.push(ticket);
    return !this.#isEmptied;
  }

  /** For good: what is given back later does not wait either. Gives those that were tried before. */
  empty(): readonly Ticket[] {
    const tried = [...this.#returned, ...this.#again];
    this.#isEmptied = true;
    this.#untried.clear();
    this.#returned = [];
    this.#again = [];
    this.#resumed = [];
    return tried;
  }
}
