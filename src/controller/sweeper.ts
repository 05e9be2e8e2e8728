import { every, type Timer } from '../base/index.ts';
import type { SessionEnd } from '../protocol/index.ts';
import type { Cancels } from './cancels.ts';
import type { ControllerParts } from './parts.ts';
import type { WorkerRegistration } from './registration.ts';
import type { OpenSession } from './session-table.ts';

interface Ending {
  readonly reason: SessionEnd;
  readonly why: string;
}

/** Looks at regular times for workers that have gone silent and for sessions that nobody plays any more. */
export class Sweeper {
  readonly #parts: ControllerParts;
  readonly #registration: WorkerRegistration;
  readonly #cancels: Cancels;
  readonly #timer: Timer;
  #lastMs: number;

  constructor(parts: ControllerParts, registration: WorkerRegistration, cancels: Cancels) {
    this.#parts = parts;
    this.#registration = registration;
    this.#cancels = cancels;
    this.#lastMs = parts.clock.now();
    this.#timer = every(parts.clock, parts.options.sweepEveryMs, () => this.#sweep());
  }

  close(): void {
    this.#timer.cancel();
  }

  /** Cancels sessions whose last turn or renewal is longer ago; resolves when their workers have answered. */
  async cancelIdle(idleMs: number): Promise<void> {
    const { clock } = this.#parts;
    const isIdle = (session: OpenSession) => clock.now() - session.lastUpdateMs > idleMs;
    await this.#cancelWhere(isIdle, { reason: 'expired', why: `no turn for ${idleMs} ms` });
  }

  async #cancelWhere(applies: (session: OpenSession) => boolean, ending: Ending): Promise<void> {
    const { sessions, log } = this.#parts;
    const chosen = sessions
      .all()
      .filter((session) => !session.activity && !session.cancelling && applies(session));
    await Promise.all(
      chosen.map(async (session) => {
        log.warn(`session ${session.id} of ${session.task} is cancelled: ${ending.why}`);
        await this.#cancels.tryToCancel(session, ending.reason);
      }),
    );
  }

  #sweep(): void {
    const { options, unwanted, sessions, writer, queue, events } = this.#parts;
    this.#forgivePause();
    writer.catchUp();
    this.#registration.removeLost(options.removeAfterMs);
    void this.cancelIdle(options.sessionTimeoutMs);
    void this.#cancelWhere(({ id, owner, isZombie }) => isZombie || unwanted.has(id, owner), {
      reason: 'cancelled',
      why: 'its client had already given it up',
    });
    void this.#cancelWhere(({ cancelReason }) => cancelReason !== undefined, {
      reason: 'cancelled',
      why: 'its last cancel did not come through',
    });
    sessions.ended.prune();
    queue.serveAll();
    events.lookAround();
  }

  /**
   * This process itself may have stood still, as in a machine that slept: what came meanwhile waits to be read, and nobody else's silence is
   * proven by it.
   */
  #forgivePause(): void {
    const { clock, options, registry, sessions } = this.#parts;
    const nowMs = clock.now();
    const pauseMs = nowMs - this.#lastMs - options.sweepEveryMs;
    this.#lastMs = nowMs;
    if (pauseMs <= options.sweepEveryMs) return;
    for (const worker of registry.workers()) worker.lastVisitMs += pauseMs;
    for (const session of sessions.all()) session.lastUpdateMs += pauseMs;
  }
}
