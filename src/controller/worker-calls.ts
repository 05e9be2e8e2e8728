import type { CallSignal } from '../protocol/index.ts';

/** Tells the calls to a worker that are under way that it is given up. To join and to leave costs the same however many they are. */
export class WorkerCalls implements CallSignal {
  readonly #listeners = new Set<() => void>();
  #reason: Error | undefined;

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): Error | undefined {
    return this.#reason;
  }

  /** How many calls are under way. */
  get size(): number {
    return this.#listeners.size;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Ends them with the reason. */
  abort(reason: Error): void {
    this.#reason ??= reason;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}
