import { raceAbort } from '../../base/index.ts';

/** Lets so much work run at once; the rest waits in the order it came. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Rejects with the signal's reason when that is aborted before the work's turn has come; the work is not begun then. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    await this.#take(signal);
    try {
      return await work();
    } finally {
      this.#give();
    }
  }

  async #take(signal: AbortSignal | undefined): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    const turn = new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (!signal) return await turn;
    try {
      await raceAbort(turn, signal);
    } catch (error) {
      // Its turn still comes, and goes to the next one.
      void turn.then(() => this.#give());
      throw error;
    }
  }

  #give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
