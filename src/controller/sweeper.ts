import { coerceError, every, type Timer } from '../base/index.ts';
import type { ControllerParts } from './parts.ts';
import type { WorkerRegistration } from './registration.ts';
import type { Relay } from './relay.ts';
import type { OpenSession } from './session-table.ts';

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
    const { clock } = this.#parts;
    await this.#cancelWhere(
      (session) => clock.now() - session.lastUpdateMs > idleMs,
      `no turn for ${idleMs} ms`,
    );
  }

  async #cancelWhere(applies: (session: OpenSession) => boolean, reason: string): Promise<void> {
    const { sessions, log } = this.#parts;
    const chosen = sessions
      .all()
      .filter((session) => !session.busy && !session.cancelling && applies(session));
    await Promise.all(
      chosen.map(async (session) => {
        log.warn(`session ${session.id} of ${session.task} is cancelled: ${reason}`);
        await this.#relay.cancelSession(session).catch((error: unknown) => {
          log.warn(`session ${session.id} could not be cancelled: ${coerceError(error).message}`);
        });
      }),
    );
  }

  #sweep(): void {
    this.#registration.removeLost(this.#parts.options.removeAfterMs);
    void this.cancelIdle(this.#parts.options.sessionTimeoutMs);
    const { unwanted } = this.#parts;
    void this.#cancelWhere(({ id, owner }) => unwanted.has(id, owner), 'its client had already given it up');
  }
}
