import { RawJson } from '../http/index.ts';
import { WireError } from '../protocol/index.ts';
import type { EndedSession } from './ended-sessions.ts';
import { plainConflict, type CallFailures } from './failures.ts';
import type { SessionFinder } from './find-session.ts';
import { giveReply, type KeptReply } from './kept-reply.ts';
import { stepLimitMs } from './options.ts';
import type { ControllerParts } from './parts.ts';
import type { OpenSession } from './session-table.ts';
import { isUnknownThere } from './worker-client.ts';
import { isOurs } from './worker-registry.ts';

export interface TurnRequest {
  readonly sessionId: number;
  /** The number of the agent's answer, from clients that count. */
  readonly turn: number | undefined;
  /** How much of the history the client has, where it says so: the reply then leaves that out. */
  readonly since: number | undefined;
  readonly bodyText: string;
}

interface StepServices {
  readonly finder: SessionFinder;
  readonly failures: CallFailures;
}

/** Passes turns on. Each waits for its own session alone, and is played once, however often it is sent. */
export class Steps {
  readonly #parts: ControllerParts;
  readonly #finder: SessionFinder;
  readonly #failures: CallFailures;

  constructor(parts: ControllerParts, { finder, failures }: StepServices) {
    this.#parts = parts;
    this.#finder = finder;
    this.#failures = failures;
  }

  /** Passes the agent's turn on and the environment's answer back, as they are. */
  async interact(request: TurnRequest): Promise<RawJson> {
    const { open, ended } = await this.#finder.find(request.sessionId);
    if (ended) return this.#askAfterEnd(ended, request);
    const { turn } = request;
    if (turn === undefined) return giveReply(await this.#begin(open, request));
    if (open.step?.turn === turn) {
      const { reply, since } = open.step;
      const given = await reply;
      // Another client, as one whose evaluation was killed, has less: its reply is the worker's to give.
      return since === request.since ? giveReply(given) : this.interact(request);
    }
    const kept = isOurs(open.worker) ? undefined : recallTurn(open, turn);
    return giveReply(kept ?? (await this.#begin(open, request)));
  }

  /** Throws without having done anything when the session is busy, or the turn cannot be written down. */
  #begin(session: OpenSession, request: TurnRequest): Promise<KeptReply> {
    const { turn } = request;
    if (session.activity || session.cancelling) throw WireError.of('session-busy');
    if (!isOurs(session.worker)) this.#countTurn(session, turn);
    session.activity = 'stepping';
    session.calls++;
    const reply = this.#play(session, request);
    if (turn !== undefined) session.step = { turn, since: request.since, reply };
    return reply;
  }

  /** A client that does not count loses a reply that is lost: its turns need not be on disk. */
  #countTurn(session: OpenSession, turn: number | undefined): void {
    if (turn !== undefined) return this.#parts.sessions.noteTurn(session, turn);
    if (session.turn !== undefined) session.turn++;
    session.lastReply = undefined;
  }

  async #play(session: OpenSession, { turn, bodyText }: TurnRequest): Promise<KeptReply> {
    const { clock, client, options } = this.#parts;
    session.lastUpdateMs = clock.now();
    const timeoutMs = stepLimitMs(options, session.worker);
    const calling = client.relay(session.worker, 'interact', { bodyText, timeoutMs });
    // Whatever is thrown, the session is not to look busy for ever.
    const result = await calling.finally(() => {
      session.activity = undefined;
      session.step = undefined;
    });
    session.lastUpdateMs = clock.now();
    const number = turn ?? session.turn ?? 0;
    if (!result.ok) {
      const isRepeatable = turn !== undefined && isOurs(session.worker);
      const { failure } = result;
      // Kept before the session ends, which keeps the reply for longer.
      const kept = { turn: number, error: failure.error };
      if (!isOurs(session.worker) && failure.kind === 'error-reply') session.lastReply = kept;
      return {
        turn: number,
        error: this.#failures.settleStep({ during: 'step', session, failure, isRepeatable }),
      };
    }
    session.worker.lastVisitMs = clock.now();
    this.#parts.events.noteTurn(session.id, session.task, turn ?? session.turn);
    const kept = { turn: number, text: result.text };
    const isFinal = result.reply !== 'running';
    // The last reply is kept here too: its worker may leave before it has arrived.
    if (isFinal || !isOurs(session.worker)) session.lastReply = kept;
    if (isFinal) this.#parts.sessions.finish(session);
    return kept;
  }

  /** The session has ended: a client that counts may have missed the last reply, which its worker keeps for a while. */
  async #askAfterEnd(ended: EndedSession, { turn, bodyText }: TurnRequest): Promise<RawJson> {
    const { sessions, client, registry, options } = this.#parts;
    const { id, end } = ended;
    const kept = sessions.ended.replyOf(id);
    if (turn !== undefined && kept?.turn === turn) return giveReply(kept);
    const worker = registry.find(ended.task, ended.worker);
    const isThere = worker !== undefined && registry.isAvailable(worker);
    const mayKnow = end.reason === 'finished' || (end.reason === 'worker lost' && !end.told && isThere);
    if (turn === undefined || !ended.isOurs || !mayKnow) throw this.#tellEnd(ended, turn);
    const result = await client.relay(worker ?? { address: ended.worker }, 'interact', {
      bodyText,
      timeoutMs: worker ? stepLimitMs(options, worker) : options.stepTimeoutMs,
    });
    if (result.ok) {
      // It may have been found again meanwhile, and then it is open.
      if (result.reply !== 'running') sessions.ended.correct(id, 'finished');
      return new RawJson(result.text);
    }
    const { failure } = result;
    if (failure.kind === 'lost') throw WireError.of('worker-silent', { reason: failure.reason });
    if (isUnknownThere(failure) || failure.kind === 'refused') throw this.#tellEnd(ended, turn);
    throw failure.kind === 'error-reply' ? plainConflict(failure) : failure.error;
  }

  /** What a client hears of a session that has ended. */
  #tellEnd({ id, end }: EndedSession, turn: number | undefined): WireError {
    this.#parts.sessions.ended.tell(id);
    return turn !== undefined && end.reason === 'worker lost'
      ? WireError.of('worker-unreachable', { reason: 'the worker was lost, and the session with it' })
      : WireError.of('session-unknown');
  }
}

/**
 * What is known of a turn where the worker does not count them: the reply to the last one, or nothing when the turn is the next one.
 * Throws the wire's `turn-mismatch` and `turn-unknown`.
 */
function recallTurn(session: OpenSession, turn: number): KeptReply | undefined {
  const { turn: played, lastReply } = session;
  if (played === undefined) throw WireError.of('turn-unknown', { turn });
  if (turn === played + 1) return undefined;
  if (turn !== played) throw WireError.of('turn-mismatch', { turn, played, next: played + 1 });
  if (!lastReply) throw WireError.of('turn-unknown', { turn });
  return lastReply;
}
