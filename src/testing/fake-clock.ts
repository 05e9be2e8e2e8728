import type { Clock, Timer } from '../base/index.ts';

interface Pending {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const pending = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  /** How many timers wait; 0 after a component was closed. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Moves time on and fires what falls due, in order; lets promises settle after each. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await settle();
    for (let next = this.#nextDue(endMs); next; next = this.#nextDue(endMs)) {
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
      await settle();
    }
    this.#nowMs = endMs;
  }

  #nextDue(endMs: number): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.dueMs > endMs) continue;
      if (!next || pending.dueMs < next.dueMs || (pending.dueMs === next.dueMs && pending.order < next.order))
        next = pending;
    }
    return next;
  }
}

/** A request through a server within the process takes about five rounds of the event loop; this is four such hops. */
const settleRounds = 20;

/** Lets what is ready run: promise chains and the callbacks of the event loop's next round. */
async function settle(): Promise<void> {
  for (let round = 0; round < settleRounds; round++) await new Promise((resolve) => setImmediate(resolve));
}
