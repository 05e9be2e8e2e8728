import { sleep, type Clock } from '../base/index.ts';

export interface BreatherSetting {
  readonly clock: Clock;
  /** How much the system has played so far. */
  readonly readProgress: () => number;
}

/** So much is to be played between two faults that halt the system, and so long is waited for it. */
const enough = 48;
const limitMs = 5_000;
const pollMs = 50;

/**
 * Lets the system play between two faults that halt it, so that each finds it at work however slow the machine is. Where it does not get
 * going, the next fault comes nevertheless, after a while.
 */
export class Breather {
  readonly #setting: BreatherSetting;
  #progressAtLast = 0;

  constructor(setting: BreatherSetting) {
    this.#setting = setting;
  }

  /** Resolves when the system has played since the last call. Rejects with the signal's reason when that is aborted before. */
  async wait(signal: AbortSignal): Promise<void> {
    const { clock, readProgress } = this.#setting;
    const endMs = clock.now() + limitMs;
    while (readProgress() < this.#progressAtLast + enough && clock.now() < endMs)
      await sleep(clock, pollMs, signal);
    this.#progressAtLast = readProgress();
  }
}
