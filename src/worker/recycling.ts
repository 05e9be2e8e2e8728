import { every, type Clock, type Timer } from '../base/index.ts';

/** When a worker is replaced by a fresh one: as soon as one of these is reached. */
export interface RecycleRule {
  /** Samples that it has ended. */
  readonly samples?: number | undefined;
  /** Its resident memory, in MiB; not before a first sample has ended, since a fresh worker would be no smaller. */
  readonly rssMiB?: number | undefined;
  /** Minutes since it was started. */
  readonly minutes?: number | undefined;
}

interface RecyclingDependencies {
  readonly clock: Clock;
  readonly readRssBytes: () => number;
  /** How often its memory is looked at, beside the end of each sample. */
  readonly measureEveryMs: number;
  /** Called once, with what was reached. */
  readonly onDue: (reason: string) => void;
}

const bytesPerMiB = 2 ** 20;
const msPerMinute = 60_000;

/** Watches over a worker's age and size. */
export class Recycling {
  readonly #rule: RecycleRule;
  readonly #dependencies: RecyclingDependencies;
  readonly #timers: Timer[] = [];
  #ended = 0;
  #isDue = false;

  constructor(rule: RecycleRule, dependencies: RecyclingDependencies) {
    this.#rule = rule;
    this.#dependencies = dependencies;
    const { clock, measureEveryMs } = dependencies;
    const { minutes, rssMiB } = rule;
    if (minutes !== undefined)
      this.#timers.push(clock.after(minutes * msPerMinute, () => this.#fall(`it is ${minutes} minutes old`)));
    if (rssMiB !== undefined) this.#timers.push(every(clock, measureEveryMs, () => this.#checkRss()));
  }

  /** A sample has ended. */
  noteEnd(): void {
    this.#ended++;
    const { samples } = this.#rule;
    if (samples !== undefined && this.#ended >= samples)
      this.#fall(`it has played ${samples} sample${samples === 1 ? '' : 's'}`);
    this.#checkRss();
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
  }

  #checkRss(): void {
    const { rssMiB } = this.#rule;
    if (rssMiB === undefined || this.#ended === 0 || this.#isDue) return;
    const usedMiB = this.#dependencies.readRssBytes() / bytesPerMiB;
    if (usedMiB >= rssMiB) this.#fall(`it holds ${Math.round(usedMiB)} MiB of memory`);
  }

  #fall(reason: string): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.close();
    this.#dependencies.onDue(reason);
  }
}
