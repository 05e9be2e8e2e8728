import { coerceError, every, type Timer } from '../base/index.ts';
import type { ControllerParts } from './parts.ts';
import type { WorkerRegistration } from './registration.ts';
import type { Relay } from './relay.ts';

/** Looks at regular times for workers that have gone silent and for sessions that nobody plays any more. */
export class Sweeper {
  readonly #parts: ControllerParts;
  readonly #registration: WorkerRegistration;
  readonly #relay: Relay;
  readonly #timer: Timer;

  constructor(parts: ControllerParts, registration: WorkerRegistration, relay: Relay) {
    this.#parts = parts;
    this.#registration = registration;
    this.#relay = relay;
    this.#timer = every(parts.clock, parts.options.sweepEveryMs, () => this.#sweep());
  }

  close(): void {
    this.#timer.cancel();
  }

  /** Cancels sessions whose last turn is longer ago; resolves when their workers have answered. */
  async cancelIdle(idleMs: number): Promise<void> {
    const { sessions, clock, log } = this.#parts;
    const idle = sessions
      .all()
      .filter(
        (session) => !session.busy && !session.cancelling && clock.now() - session.lastUpdateMs > idleMs,
      );
    await Promise.all(
      idle.map(async (session) => {
        log.warn(`session ${session.id} of ${session.task}: no turn for ${idleMs} ms, cancelled`);
        await this.#relay.cancelSession(session).catch((error: unknown) => {
          log.warn(`session ${session.id} could not be cancelled: ${coerceError(error).message}`);
        });
      }),
    );
  }

  #sweep(): void {
    this.#registration.removeLost(this.#parts.options.removeAfterMs);
    void this.cancelIdle(this.#parts.options.sessionTimeoutMs);
  }
}
