import type { Clock, Timer } from '../base/index.ts';
import type { LastReply } from './last-reply.ts';

export interface KeepLimits {
  /** How long one is kept, in milliseconds. */
  readonly keepRepliesMs: number;
  /** How many are kept; the oldest make room. */
  readonly keptReplies: number;
}

interface Kept {
  readonly last: LastReply;
  readonly expiry: Timer;
}

/** The last replies of sessions that have ended, for a while. */
export class KeptReplies {
  readonly #clock: Clock;
  readonly #limits: KeepLimits;
  /** Oldest first. */
  readonly #kept = new Map<number, Kept>();

  constructor(clock: Clock, limits: KeepLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  find(id: number): LastReply | undefined {
    return this.#kept.get(id)?.last;
  }

  keep(id: number, last: LastReply): void {
    this.drop(id);
    const expiry = this.#clock.after(this.#limits.keepRepliesMs, () => this.drop(id));
    this.#kept.set(id, { last, expiry });
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size > this.#limits.keptReplies) this.drop(oldest);
  }

  drop(id: number): void {
    this.#kept.get(id)?.expiry.cancel();
    this.#kept.delete(id);
  }

  clear(): void {
    for (const id of [...this.#kept.keys()]) this.drop(id);
  }
}
