import { setMaxListeners } from 'node:events';
import type { Clock, Timer } from '../base/index.ts';

/** Stops an evaluation in two steps: nothing new and an end to all sessions first, and after a limit no more waiting for that either. */
export class StopSwitch {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();
  #timer: Timer | undefined;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    // As many listen as there are samples in flight.
    setMaxListeners(0, this.#stop.signal, this.#giveUp.signal);
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  get giveUp(): AbortSignal {
    return this.#giveUp.signal;
  }

  /** Later calls change nothing. */
  begin(reason: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = this.#clock.after(this.#limitMs, () => this.#giveUp.abort(reason));
    this.#stop.abort(reason);
  }

  /** All is ended. */
  close(): void {
    this.#timer?.cancel();
  }
}
