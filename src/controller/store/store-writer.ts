import { coerceError, type Logger } from '../../base/index.ts';
import { WireError } from '../../protocol/index.ts';
import type { ControllerStore } from './store.ts';

type Write = (store: ControllerStore) => void;

/**
 * Writes in the order in which things happened, and outlives a store that cannot be written for a while, as on a full disk: what has
 * happened is written later, and what must not happen unwritten does not happen.
 */
export class StoreWriter {
  readonly #store: ControllerStore;
  readonly #log: Logger;
  readonly #waiting: Write[] = [];
  #isFailing = false;
  #isStopped = false;

  constructor(store: ControllerStore, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** The last attempt to write failed. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Writes now; throws the wire's `store-unwritable`, and then it is not written. */
  require(write: Write): void {
    if (!this.catchUp() || !this.#attempt(write)) throw WireError.of('store-unwritable');
  }

  /** Writes now, or as soon as it can be done. */
  note(write: Write): void {
    this.#waiting.push(write);
    this.catchUp();
  }

  /** Writes what waits; gives whether nothing waits any more. */
  catchUp(): boolean {
    if (this.#isStopped) return false;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (!this.#attempt(next)) return false;
      this.#waiting.shift();
    }
    return true;
  }

  /** Nothing more is written: what happens to a controller that stops is not what becomes of its sessions. */
  stop(): void {
    this.#isStopped = true;
  }

  #attempt(write: Write): boolean {
    try {
      write(this.#store);
      if (this.#isFailing) this.#log.info('the store can be written again');
      this.#isFailing = false;
      return true;
    } catch (error) {
      const reason = coerceError(error).message;
      if (!this.#isFailing)
        this.#log.error(`the store cannot be written: ${reason}; no sample is started until it can be`);
      this.#isFailing = true;
      return false;
    }
  }
}
