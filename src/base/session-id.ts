import { randomInt } from 'node:crypto';
import type { Clock } from './clock.ts';

const idsPerMs = 1024;

/** When an id was given, in milliseconds since the epoch, if it was given by `SessionIds`. */
export function readIssueTime(id: number): number {
  return Math.floor(id / idsPerMs);
}

/**
 * Gives integers below 2^53 that are never given again, not after a restart either: they start from the clock
 * (1,024 ids a millisecond, enough until the year 2248) and only rise. A random start within the millisecond keeps
 * two controllers that share a worker apart.
 */
export class SessionIds {
  readonly #clock: Clock;
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): number {
    const fromClock = this.#clock.now() * idsPerMs + randomInt(idsPerMs);
    this.#last = Math.max(this.#last + 1, fromClock);
    return this.#last;
  }

  /** Makes sure that later ids lie above one that is in use, as when the clock was set back between two starts. */
  skipPast(usedId: number): void {
    this.#last = Math.max(this.#last, usedId);
  }
}
