import { coerceError } from '../base/index.ts';
import { WireError, workerRoutes, type SessionEnd } from '../protocol/index.ts';
import type { ControllerParts } from './parts.ts';
import type { Reconciler } from './reconciler.ts';
import type { OpenSession } from './session-table.ts';
import { isOwnedBy } from './unwanted-sessions.ts';
import { isUnknownThere, type CallFailure } from './worker-client.ts';

/** Ends sessions at their workers. A session keeps its slot until its worker has ended it. */
export class Cancels {
  readonly #parts: ControllerParts;
  readonly #reconciler: Reconciler;

  constructor(parts: ControllerParts, reconciler: Reconciler) {
    this.#parts = parts;
    this.#reconciler = reconciler;
  }

  /** Ends a session on its worker, in the middle of a step as well; resolves when it has ended there. */
  async cancel(sessionId: number): Promise<void> {
    const { sessions, unwanted } = this.#parts;
    const session = sessions.get(sessionId);
    if (session && !session.isZombie) return this.cancelSession(session, 'cancelled');
    sessions.ended.tell(sessionId);
    unwanted.remember(sessionId);
    throw WireError.of('session-unknown');
  }

  /** Ends every session and waiting start of an owner, also a session that a worker reports only later. Rejects while a worker has not ended its sample. */
  async cancelOwned(owner: string): Promise<void> {
    const { sessions, unwanted, queue } = this.#parts;
    unwanted.remember(owner);
    queue.dismissOwned(owner);
    for (const ended of sessions.ended.all())
      if (isOwnedBy(ended.owner, owner)) sessions.ended.tell(ended.id);
    const owned = sessions.all().filter((session) => isOwnedBy(session.owner, owner));
    await Promise.all(owned.map((session) => this.cancelSession(session, 'cancelled')));
  }

  /** Ends every session; resolves when their workers have ended them, or have not. */
  async cancelAll(): Promise<void> {
    const { sessions } = this.#parts;
    await Promise.all(sessions.all().map((session) => this.tryToCancel(session, 'cancelled')));
  }

  /** As `cancel`; a second call joins the first. Rejects, and keeps the slot, while the worker has not ended the sample. */
  cancelSession(session: OpenSession, reason: SessionEnd): Promise<void> {
    session.cancelReason ??= reason;
    session.cancelling ??= this.#cancel(session).finally(() => (session.cancelling = undefined));
    return session.cancelling;
  }

  /** As `cancelSession`, but a failure is only told in the log. */
  async tryToCancel(session: OpenSession, reason: SessionEnd): Promise<void> {
    await this.cancelSession(session, reason).catch((error: unknown) => {
      this.#parts.log.warn(`session ${session.id} could not be cancelled: ${coerceError(error).message}`);
    });
  }

  async #cancel(session: OpenSession): Promise<void> {
    const { sessions } = this.#parts;
    let failure = await this.#askToCancel(session);
    if (isUnknownThere(failure)) {
      await session.started;
      failure = await this.#askToCancel(session);
    }
    if (!failure || isUnknownThere(failure)) return sessions.end(session, 'cancelled');
    if (failure.kind === 'refused') this.#reconciler.markUnreachable(session.worker);
    if (failure.kind === 'lost') await this.#reconciler.probe(session.worker);
    throw failure.error;
  }

  async #askToCancel(session: OpenSession): Promise<CallFailure | undefined> {
    const { client, options, sessions } = this.#parts;
    if (sessions.get(session.id) !== session) return undefined;
    const result = await client.forward(session.worker, workerRoutes.cancel, {
      bodyText: JSON.stringify({ session_id: session.id }),
      timeoutMs: options.cancelTimeoutMs,
    });
    return result.ok ? undefined : result.failure;
  }
}
