import { WireError, type SessionEnd } from '../protocol/index.ts';
import type { Cancels } from './cancels.ts';
import type { ControllerParts } from './parts.ts';
import type { Reconciler } from './reconciler.ts';
import type { OpenSession } from './session-table.ts';
import { isUnknownThere, type CallFailure } from './worker-client.ts';

export interface FailedCall {
  readonly during: 'start' | 'step';
  readonly session: OpenSession;
  readonly failure: CallFailure;
  /** The client sends the same again, and the worker knows it again. */
  readonly isRepeatable: boolean;
}

/** Decides what a failed start or step means for its session and its worker, and what the client is told. */
export class CallFailures {
  readonly #parts: ControllerParts;
  readonly #reconciler: Reconciler;
  readonly #cancels: Cancels;

  constructor(
    parts: ControllerParts,
    services: { readonly reconciler: Reconciler; readonly cancels: Cancels },
  ) {
    this.#parts = parts;
    this.#reconciler = services.reconciler;
    this.#cancels = services.cancels;
  }

  /** Settles a failed step and gives the error to send. */
  settleStep(call: FailedCall): WireError {
    const { session, failure, isRepeatable } = call;
    const { sessions } = this.#parts;
    if (failure.kind !== 'error-reply') return this.settleUnanswered(call);
    const hasFailed = failure.error.status === 501;
    if (hasFailed) sessions.end(session, 'finished');
    else if (isUnknownThere(failure)) sessions.end(session, 'worker lost');
    else void this.#reconciler.reconcile(session.worker);
    return isRepeatable ? plainConflict(failure) : failure.error;
  }

  /** Settles a call without a usable reply: the slot is given back only when it is known that the worker plays the session no more. */
  settleUnanswered({ during, session, failure, isRepeatable }: FailedCall): WireError {
    const { sessions } = this.#parts;
    const reason: SessionEnd =
      during === 'start' ? 'start failed' : failure.kind === 'timeout' ? 'expired' : 'worker lost';
    switch (failure.kind) {
      case 'refused':
        this.#reconciler.markUnreachable(session.worker);
        sessions.ended.tell(session.id);
        return failure.error;
      case 'given-up':
        sessions.ended.tell(session.id);
        return failure.error;
      case 'lost':
        if (!isRepeatable) {
          void this.#cancelAfterLoss(session, reason);
          return failure.error;
        }
        void this.#reconciler.probe(session.worker);
        return WireError.of('worker-silent', { reason: failure.reason });
      case 'timeout':
      case 'nonsense':
      case 'error-reply':
        void this.#cancels.tryToCancel(session, reason);
        return failure.error;
    }
  }

  async #cancelAfterLoss(session: OpenSession, reason: SessionEnd): Promise<void> {
    await this.#reconciler.probe(session.worker);
    if (!session.worker.unreachable) await this.#cancels.tryToCancel(session, reason);
  }
}

/** A worker's word about turns, as it was said. */
export function plainConflict(failure: CallFailure & { readonly kind: 'error-reply' }): WireError {
  return failure.error.status === 409 && typeof failure.detail === 'string'
    ? new WireError(409, failure.detail)
    : failure.error;
}
