import { readIssueTime } from '../base/index.ts';
import { RawJson } from '../http/index.ts';
import { WireError, wireErrors, workerRoutes, type SessionReply } from '../protocol/index.ts';
import type { ControllerParts } from './parts.ts';
import { chooseWorker } from './placement.ts';
import type { Reconciler } from './reconciler.ts';
import type { OpenSession, StartedSample } from './session-table.ts';
import { isOwnedBy } from './unwanted-sessions.ts';
import type { CallFailure } from './worker-client.ts';
import type { RegisteredTask, RegisteredWorker } from './worker-registry.ts';

/** No session is as old as that: a smaller id was not given by a controller of this program. */
const oldestSessionMs = 30 * 24 * 3_600_000;

interface StartRequest extends StartedSample {
  readonly name: string;
}

type StartAttempt =
  | { readonly ended: true; readonly reply: RawJson }
  /** This worker did not take the sample; another may. */
  | { readonly ended: false; readonly error: WireError };

/** Places samples on workers and passes turns on. Nothing here waits for more than one session's own call. */
export class Relay {
  readonly #parts: ControllerParts;
  readonly #reconciler: Reconciler;
  readonly #startedMs: number;

  constructor(parts: ControllerParts, reconciler: Reconciler) {
    this.#parts = parts;
    this.#startedMs = parts.clock.now();
    this.#reconciler = reconciler;
  }

  /**
   * Starts a sample on the freest worker; a worker that is full or gone is passed over for the next. When nobody waits for the
   * reply any more, nobody knows the session's id: it is ended again.
   */
  async startSample(request: StartRequest, isClientGone: () => boolean): Promise<RawJson> {
    const task = this.#parts.registry.task(request.name);
    if (!task) throw WireError.of('start-task-unknown');
    if (!task.indexSet.has(request.index)) throw WireError.of('index-out-of-bounds');
    const passedOver = new Set<RegisteredWorker>();
    let refusal = WireError.of('no-slot-free');
    for (;;) {
      const worker = chooseWorker(this.#candidates(task, passedOver));
      if (!worker) throw refusal;
      const attempt = await this.#startOn(worker, request, isClientGone);
      if (attempt.ended) return attempt.reply;
      refusal = attempt.error;
      passedOver.add(worker);
    }
  }

  /** Passes the agent's turn on and the environment's answer back, as they are. */
  async interact(sessionId: number, bodyText: string): Promise<RawJson> {
    const session = await this.#find(sessionId);
    if (session.busy || session.cancelling) throw WireError.of('session-busy');
    const { clock, client, options } = this.#parts;
    session.busy = true;
    session.lastUpdateMs = clock.now();
    const result = await client.forward(session.worker, workerRoutes.interact, {
      bodyText,
      timeoutMs: options.stepTimeoutMs,
    });
    session.busy = false;
    session.lastUpdateMs = clock.now();
    if (!result.ok) {
      this.#settleFailedStep(session, result.failure);
      throw result.failure.error;
    }
    session.worker.lastVisitMs = clock.now();
    this.#endIfFinal(session, result.reply);
    return new RawJson(result.text);
  }

  /** Ends a session on its worker, in the middle of a step as well; resolves when it has ended there. */
  async cancel(sessionId: number): Promise<void> {
    const session = this.#parts.sessions.get(sessionId);
    if (session) return this.cancelSession(session);
    this.#parts.unwanted.remember(sessionId);
    throw WireError.of('session-unknown');
  }

  /**
   * Ends every session of an owner, also one that a worker reports only later. Rejects while a worker has not ended its sample.
   */
  async cancelOwned(owner: string): Promise<void> {
    const { sessions, unwanted } = this.#parts;
    unwanted.remember(owner);
    const owned = sessions.all().filter((session) => isOwnedBy(session.owner, owner));
    await Promise.all(owned.map((session) => this.cancelSession(session)));
  }

  /** As `cancel`; a second call joins the first. Rejects, and keeps the slot, while the worker has not ended the sample. */
  cancelSession(session: OpenSession): Promise<void> {
    session.cancelling ??= this.#cancel(session).finally(() => (session.cancelling = undefined));
    return session.cancelling;
  }

  /**
   * A controller that was just started knows of a session from before only when its worker has reported it: until all had the time
   * to, such a session is waited for.
   */
  async #find(sessionId: number): Promise<OpenSession> {
    const { sessions, clock, options } = this.#parts;
    const known = sessions.get(sessionId);
    if (known) return known;
    const settledMs = this.#startedMs + options.settleMs;
    const ageMs = this.#startedMs - readIssueTime(sessionId);
    const mayArrive = ageMs > 0 && ageMs < oldestSessionMs && clock.now() < settledMs;
    const arrived = mayArrive ? await sessions.waitFor(sessionId, settledMs - clock.now()) : undefined;
    if (!arrived) throw WireError.of('session-unknown');
    return arrived;
  }

  *#candidates(task: RegisteredTask, passedOver: ReadonlySet<RegisteredWorker>): Iterable<RegisteredWorker> {
    for (const worker of task.workers.values())
      if (this.#parts.registry.isAvailable(worker) && !passedOver.has(worker)) yield worker;
  }

  async #startOn(
    worker: RegisteredWorker,
    sample: StartedSample,
    isClientGone: () => boolean,
  ): Promise<StartAttempt> {
    const { sessions, client, clock, options } = this.#parts;
    const session = sessions.open(worker, sample);
    const starting = client.forward(worker, workerRoutes.startSample, {
      bodyText: JSON.stringify({ index: sample.index, session_id: session.id, owner: sample.owner }),
      timeoutMs: options.stepTimeoutMs,
    });
    session.started = starting;
    const result = await starting;
    session.busy = false;
    session.lastUpdateMs = clock.now();
    if (result.ok) {
      worker.lastVisitMs = clock.now();
      this.#endIfFinal(session, result.reply);
      if (isClientGone()) this.#cancelInBackground(session);
      return { ended: true, reply: new RawJson(result.text) };
    }
    const { failure } = result;
    if (failure.kind === 'error-reply') {
      sessions.end(session);
      if (failure.error.status !== 406) throw failure.error;
      void this.#reconciler.reconcile(worker);
      return { ended: false, error: failure.error };
    }
    this.#settleUnanswered(session, failure);
    if (failure.kind === 'refused') return { ended: false, error: failure.error };
    throw failure.error;
  }

  #endIfFinal(session: OpenSession, reply: SessionReply): void {
    if (reply.output.status !== 'running') this.#parts.sessions.end(session);
  }

  #settleFailedStep(session: OpenSession, failure: CallFailure): void {
    if (failure.kind !== 'error-reply') return this.#settleUnanswered(session, failure);
    const taskFailed = failure.error.status === 501;
    if (taskFailed || isUnknownThere(failure)) this.#parts.sessions.end(session);
    else void this.#reconciler.reconcile(session.worker);
  }

  /** The worker may still play the session: its slot is given back only when that is known. */
  #settleUnanswered(session: OpenSession, failure: CallFailure): void {
    if (failure.kind === 'refused') this.#reconciler.markUnreachable(session.worker);
    else if (failure.kind === 'lost') void this.#probeAfterLoss(session);
    else this.#cancelInBackground(session);
  }

  async #probeAfterLoss(session: OpenSession): Promise<void> {
    await this.#reconciler.probe(session.worker);
    if (!session.worker.unreachable) this.#cancelInBackground(session);
  }

  #cancelInBackground(session: OpenSession): void {
    this.cancelSession(session).catch((error: unknown) => {
      this.#parts.log.warn(`session ${session.id} could not be cancelled: ${String(error)}`);
    });
  }

  async #cancel(session: OpenSession): Promise<void> {
    const { sessions } = this.#parts;
    let failure = await this.#askToCancel(session);
    if (isUnknownThere(failure)) {
      await session.started;
      failure = await this.#askToCancel(session);
    }
    if (!failure || isUnknownThere(failure)) return sessions.end(session);
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

function isUnknownThere(failure: CallFailure | undefined): boolean {
  return failure?.kind === 'error-reply' && failure.detail === wireErrors['no-such-session'].detail;
}
