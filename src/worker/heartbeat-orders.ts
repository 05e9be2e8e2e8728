import type { HeartbeatOrder } from './heartbeat-messages.ts';

/**
 * What the worker's main thread has the heartbeat's do. Owners wait for the next `flush`, since each message between threads is dear to a
 * worker of many short sessions, and the next heartbeat is seconds away; everything else crosses at once.
 */
export class HeartbeatOrders {
  readonly #post: (order: HeartbeatOrder) => void;
  #owners = new Map<number, string | undefined>();

  constructor(post: (order: HeartbeatOrder) => void) {
    this.#post = post;
  }

  setOwner(session: number, owner: string | undefined): void {
    this.#owners.set(session, owner);
  }

  setConcurrency(concurrency: number): void {
    // It is told in a heartbeat of its own, which says the owners too.
    this.flush();
    this.#post({ type: 'concurrency', concurrency });
  }

  stop(): void {
    this.#post({ type: 'stop' });
  }

  /** Sends the owners that have changed since the last time, if any have. */
  flush(): void {
    if (this.#owners.size === 0) return;
    this.#post({ type: 'owners', owners: this.#owners });
    this.#owners = new Map();
  }
}
