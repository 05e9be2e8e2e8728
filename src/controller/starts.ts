import { RawJson } from '../http/index.ts';
import { WireError, type SampleStatus } from '../protocol/index.ts';
import type { Cancels } from './cancels.ts';
import type { EndedSession } from './ended-sessions.ts';
import { plainConflict, type CallFailures } from './failures.ts';
import { giveReply, type KeptReply } from './kept-reply.ts';
import { stepLimitMs } from './options.ts';
import type { ControllerParts } from './parts.ts';
import type { Reconciler } from './reconciler.ts';
import type { OpenSession, StartedSample } from './session-table.ts';
import type { CallFailure, CallResult } from './worker-client.ts';
import { isOurs, type RegisteredWorker } from './worker-registry.ts';

export interface StartRequest extends StartedSample {
  readonly name: string;
  /** How long it may wait for a slot; not at all unless told. */
  readonly waitMs?: number | undefined;
  /** Nobody waits for the reply any more. */
  readonly isClientGone: () => boolean;
}

type StartAttempt =
  | { readonly ended: true; readonly reply: KeptReply }
  /** This worker did not take the sample; another may. */
  | { readonly ended: false; readonly error: WireError };

interface StartCall {
  readonly session: OpenSession;
  readonly request: StartRequest;
  /** The worker may have had it before. */
  readonly isRepeat: boolean;
}

/** A start with a name that is under way, and who waits for its reply. */
interface NamedStart {
  readonly reply: Promise<RawJson>;
  readonly clients: (() => boolean)[];
}

interface StartServices {
  readonly reconciler: Reconciler;
  readonly cancels: Cancels;
  readonly failures: CallFailures;
}

/** Places samples on workers. A start that is sent again by its id gets the session that it started. */
export class Starts {
  readonly #parts: ControllerParts;
  readonly #services: StartServices;
  readonly #underWay = new Map<string, NamedStart>();

  constructor(parts: ControllerParts, services: StartServices) {
    this.#parts = parts;
    this.#services = services;
  }

  /**
   * Starts a sample on the freest worker; a worker that is full or gone is passed over for the next. Where there is none, it waits for one
   * as long as it may. When nobody waits for the reply any more, nobody knows the session's id: it is ended again, unless its client has a
   * name for the start to ask by.
   */
  startSample(request: StartRequest): Promise<RawJson> {
    const { startId } = request;
    if (startId === undefined) return this.#place(request);
    const running = this.#underWay.get(startId);
    if (running) {
      running.clients.push(request.isClientGone);
      return running.reply;
    }
    const clients = [request.isClientGone];
    const isClientGone = () => clients.every((isGone) => isGone());
    const reply = this.#startOrRepeat(startId, { ...request, isClientGone }).finally(() =>
      this.#underWay.delete(startId),
    );
    this.#underWay.set(startId, { reply, clients });
    return reply;
  }

  async #startOrRepeat(startId: string, request: StartRequest): Promise<RawJson> {
    const { sessions } = this.#parts;
    const open = sessions.findByStart(startId);
    if (open) return this.#repeat(open, request);
    const ended = sessions.ended.findByStart(startId);
    if (ended) return this.#askAfterEnd(ended, request);
    return this.#place(request);
  }

  async #place(request: StartRequest): Promise<RawJson> {
    const task = this.#parts.registry.task(request.name);
    if (!task) throw WireError.of('start-task-unknown');
    if (!task.indexSet.has(request.index)) throw WireError.of('index-out-of-bounds');
    const { queue } = this.#parts;
    const ticket = queue.makeTicket(request);
    for (;;) {
      const attempt = await queue.takeSlot(ticket, (worker) => {
        ticket.passedOver.add(worker);
        return this.#begin(worker, request);
      });
      if (attempt.ended) return giveReply(attempt.reply);
      ticket.refusal = attempt.error;
    }
  }

  /** Takes the slot before anything else can happen. */
  async #begin(worker: RegisteredWorker, request: StartRequest): Promise<StartAttempt> {
    const session = this.#parts.sessions.open(worker, request);
    return this.#send({ session, request, isRepeat: false });
  }

  /** The session is open: its worker repeats the first reply, or starts it now if the first request never came to it. */
  async #repeat(session: OpenSession, request: StartRequest): Promise<RawJson> {
    if (session.cancelReason === 'start failed')
      throw WireError.of('worker-unreachable', { reason: 'the start failed' });
    if (session.activity || session.cancelling) throw WireError.of('session-busy');
    if (!isOurs(session.worker)) return this.#repeatUncounted(session, request);
    const attempt = await this.#send({ session, request, isRepeat: true });
    return attempt.ended ? giveReply(attempt.reply) : this.#place(request);
  }

  /** The worker repeats nothing. Where its reply is lost, nobody has played on it: it is ended, and the sample started anew. */
  async #repeatUncounted(session: OpenSession, request: StartRequest): Promise<RawJson> {
    const { turn: played = 0, lastReply } = session;
    if (played > 0) throw WireError.of('turn-mismatch', { turn: 0, played, next: played + 1 });
    if (lastReply) return giveReply(lastReply);
    await this.#services.cancels.cancelSession(session, 'start failed');
    return this.#place(request);
  }

  /** The session that was started has ended: its reply may still be had, or the start is as good as never sent. */
  async #askAfterEnd(ended: EndedSession, request: StartRequest): Promise<RawJson> {
    const { sessions, registry } = this.#parts;
    const { id, end } = ended;
    const kept = sessions.ended.replyOf(id);
    if (kept?.turn === 0) return giveReply(kept);
    const worker = registry.find(ended.task, ended.worker);
    const isLost = end.reason === 'worker lost' || end.reason === 'start failed';
    const mayKnow = end.reason === 'finished' || (end.reason === 'worker lost' && !end.told);
    if (worker && registry.isAvailable(worker) && ended.isOurs && mayKnow) {
      const result = await this.#callWorker(id, worker, request);
      if (result.ok) {
        if (result.reply !== 'running') sessions.ended.correct(id, 'finished');
        else if (!sessions.get(id)) sessions.revive(ended, worker);
        return new RawJson(result.text);
      }
      const { failure } = result;
      if (failure.kind === 'lost') throw WireError.of('worker-silent', { reason: failure.reason });
      if (failure.kind === 'error-reply' && failure.error.status === 409) throw plainConflict(failure);
    }
    if (!isLost) throw WireError.of('session-unknown');
    sessions.ended.tell(id);
    return this.#place(request);
  }

  async #send({ session, request, isRepeat }: StartCall): Promise<StartAttempt> {
    const { clock, sessions } = this.#parts;
    const { worker } = session;
    session.activity = 'starting';
    session.calls++;
    const starting = this.#callWorker(session.id, worker, request);
    session.started = starting;
    // Whatever is thrown, the session is not to look busy for ever.
    const result = await starting.finally(() => (session.activity = undefined));
    session.lastUpdateMs = clock.now();
    if (!result.ok) return this.#settleFailure({ session, request, isRepeat }, result.failure);
    worker.lastVisitMs = clock.now();
    const reply = { turn: 0, text: result.text };
    const isFinal = result.reply !== 'running';
    if (isFinal || !isOurs(worker)) session.lastReply = reply;
    if (isFinal) sessions.finish(session);
    else if (request.startId === undefined && request.isClientGone())
      void this.#services.cancels.tryToCancel(session, 'cancelled');
    return { ended: true, reply };
  }

  #callWorker(
    sessionId: number,
    worker: RegisteredWorker,
    { index, owner, startId }: StartRequest,
  ): Promise<CallResult<SampleStatus>> {
    const { client, options } = this.#parts;
    return client.relay(worker, 'startSample', {
      bodyText: JSON.stringify({ index, session_id: sessionId, owner, start_id: startId }),
      timeoutMs: stepLimitMs(options, worker),
    });
  }

  #settleFailure({ session, request, isRepeat }: StartCall, failure: CallFailure): StartAttempt {
    const { reconciler, failures } = this.#services;
    const { sessions, queue } = this.#parts;
    switch (failure.kind) {
      case 'error-reply':
        void reconciler.reconcile(session.worker);
        // It was not taken.
        if (failure.error.status === 406) {
          sessions.discard(session);
          queue.noteRefusal(session.worker);
          return { ended: false, error: failure.error };
        }
        if (!isRepeat) sessions.end(session, 'start failed');
        return { ended: true, reply: { turn: 0, error: isRepeat ? plainConflict(failure) : failure.error } };
      case 'refused':
        if (!isRepeat) sessions.discard(session);
        reconciler.markUnreachable(session.worker);
        sessions.ended.tell(session.id);
        return { ended: false, error: failure.error };
      case 'given-up':
        // Should it have been started all the same, it is ended when its worker comes back.
        sessions.ended.tell(session.id);
        return { ended: false, error: failure.error };
      case 'lost':
      case 'timeout':
      case 'nonsense': {
        const isRepeatable = request.startId !== undefined && isOurs(session.worker);
        const error = failures.settleUnanswered({ during: 'start', session, failure, isRepeatable });
        return { ended: true, reply: { turn: 0, error } };
      }
    }
  }
}
