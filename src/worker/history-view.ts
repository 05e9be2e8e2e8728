import type { Message } from '../protocol/index.ts';

/** What a history that only grows held at one moment, without a copy of it. */
export class HistoryView {
  readonly length: number;
  readonly #messages: readonly Message[];

  constructor(messages: readonly Message[]) {
    this.#messages = messages;
    this.length = messages.length;
  }

  /** The messages from a position on, counted from 0. */
  from(start: number): readonly Message[] {
    return this.#messages.slice(start, this.length);
  }
}
