import type { Clock } from '../base/index.ts';

/** One moment in memory that two threads share: the last at which the event loop of the first one moved. */
export class Pulse {
  readonly buffer: SharedArrayBuffer;
  readonly #clock: Clock;
  readonly #lastMs: BigInt64Array;

  constructor(clock: Clock, buffer?: SharedArrayBuffer) {
    this.#clock = clock;
    this.buffer = buffer ?? new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
    this.#lastMs = new BigInt64Array(this.buffer);
    if (!buffer) this.beat();
  }

  beat(): void {
    Atomics.store(this.#lastMs, 0, BigInt(Math.round(this.#clock.now())));
  }

  /** For how long it has stood still, in milliseconds. */
  measureStandstill(): number {
    return this.#clock.now() - Number(Atomics.load(this.#lastMs, 0));
  }
}
