import type { Clock } from '../base/index.ts';
import type { SessionEnd } from '../protocol/index.ts';
import type { KeptReply } from './kept-reply.ts';
import type { ControllerOptions } from './options.ts';
import type { StoredEnd, StoredSession, StoreWriter } from './store/index.ts';

/** A session that has ended, and why. */
export type EndedSession = StoredSession & { readonly end: StoredEnd };

interface EndedDependencies {
  readonly clock: Clock;
  readonly writer: StoreWriter;
  readonly options: ControllerOptions;
}

/** The sessions that ended lately: so that a client that asks again is told the truth, and a lost last reply can be had again. */
export class EndedSessions {
  readonly #clock: Clock;
  readonly #writer: StoreWriter;
  readonly #options: ControllerOptions;
  /** In the order of their ends. */
  readonly #sessions = new Map<number, EndedSession>();
  readonly #byStart = new Map<string, number>();
  /** Last replies of sessions whose workers do not keep them. */
  readonly #replies = new Map<number, KeptReply>();

  constructor({ clock, writer, options }: EndedDependencies) {
    this.#clock = clock;
    this.#writer = writer;
    this.#options = options;
  }

  get(id: number): EndedSession | undefined {
    return this.#sessions.get(id);
  }

  findByStart(startId: string): EndedSession | undefined {
    const id = this.#byStart.get(startId);
    return id === undefined ? undefined : this.#sessions.get(id);
  }

  replyOf(id: number): KeptReply | undefined {
    return this.#replies.get(id);
  }

  all(): Iterable<EndedSession> {
    return this.#sessions.values();
  }

  add(session: EndedSession, lastReply: KeptReply | undefined): void {
    this.#sessions.set(session.id, session);
    if (session.startId !== undefined) this.#byStart.set(session.startId, session.id);
    if (lastReply) this.#keepReply(session.id, lastReply);
  }

  /** A client hears now that it is gone: should a lost worker come back with it, it is ended there. */
  tell(id: number): void {
    const session = this.#sessions.get(id);
    if (session?.end.reason === 'worker lost' && !session.end.told)
      this.#change(session, { ...session.end, told: true });
  }

  /** Its worker says how it really ended. */
  correct(id: number, reason: SessionEnd): void {
    const session = this.#sessions.get(id);
    if (session && session.end.reason !== reason) this.#change(session, { ...session.end, reason });
  }

  /** Its last reply came after its end: it has an outcome. */
  noteOutcome(id: number, reply: KeptReply): void {
    const session = this.#sessions.get(id);
    if (!session || this.#replies.has(id)) return;
    if (session.end.reason === 'worker lost') this.correct(id, 'finished');
    this.#keepReply(id, reply);
  }

  /** It is open again. */
  forget(id: number): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    this.#replies.delete(id);
    const startId = session?.startId;
    if (startId !== undefined && this.#byStart.get(startId) === id) this.#byStart.delete(startId);
  }

  /** Forgets those that ended too long ago, and the oldest of too many. */
  prune(): void {
    const { keepEndedMs, keptEnded } = this.#options;
    const now = this.#clock.now();
    const surplus = this.#sessions.size - keptEnded;
    const outdated: number[] = [];
    for (const { id, end } of this.#sessions.values()) {
      if (outdated.length >= surplus && now - end.atMs <= keepEndedMs) break;
      outdated.push(id);
    }
    if (outdated.length === 0) return;
    for (const id of outdated) this.forget(id);
    this.#writer.note((store) => store.removeSessions(outdated));
  }

  #keepReply(id: number, reply: KeptReply): void {
    this.#replies.set(id, reply);
    for (const oldest of this.#replies.keys()) {
      if (this.#replies.size <= this.#options.keptReplies) break;
      this.#replies.delete(oldest);
    }
  }

  #change(session: EndedSession, end: StoredEnd): void {
    const changed: EndedSession = { ...session, end };
    this.#sessions.set(session.id, changed);
    this.#writer.note((store) => store.saveSession(changed));
  }
}
