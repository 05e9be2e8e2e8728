import type { Clock, Timer } from '../base/index.ts';

interface DrainDependencies {
  readonly clock: Clock;
  /** How long it stays after the last has ended. */
  readonly lingerMs: number;
  readonly isIdle: () => boolean;
  /** Called once, when it was begun and nothing is left. */
  readonly onDone: () => void;
}

/** The way of a worker to its end: what is under way ends first. */
export class Drain {
  readonly #dependencies: DrainDependencies;
  #hasBegun = false;
  #linger: Timer | undefined;

  constructor(dependencies: DrainDependencies) {
    this.#dependencies = dependencies;
  }

  begin(): void {
    this.#hasBegun = true;
    this.check();
  }

  /** To be called whenever something has ended. */
  check(): void {
    const { clock, lingerMs, isIdle, onDone } = this.#dependencies;
    if (!this.#hasBegun || !isIdle()) return;
    this.#linger?.cancel();
    this.#linger = clock.after(lingerMs, () => {
      if (isIdle()) onDone();
    });
  }

  close(): void {
    this.#linger?.cancel();
  }
}
