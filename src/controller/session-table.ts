import { type Clock, SessionIds } from '../base/index.ts';
import type { SampleIndex, SessionEnd } from '../protocol/index.ts';
import { EndedSessions, type EndedSession } from './ended-sessions.ts';
import type { KeptReply } from './kept-reply.ts';
import type { ControllerOptions } from './options.ts';
import type { StoredSession, StoreWriter } from './store/index.ts';
import { isOurs, type RegisteredWorker } from './worker-registry.ts';

/** A session as the controller knows it. It holds a slot of its worker from its opening to its end. */
export interface OpenSession {
  readonly id: number;
  readonly task: string;
  readonly index: SampleIndex | null;
  readonly worker: RegisteredWorker;
  /** Who it was started for, where the start said so. */
  owner: string | undefined;
  /** Names its start, where the start did. */
  readonly startId: string | undefined;
  readonly startMs: number;
  /** Of its last turn or renewal. */
  lastUpdateMs: number;
  /** The call that is under way on its worker. */
  activity: 'starting' | 'stepping' | undefined;
  /** How many calls were begun; tells whether anything happened since one looked last. */
  calls: number;
  /** Resolves when its start was answered; a worker may hear of a cancel before it hears of the start. */
  started: Promise<unknown>;
  /** The turn that is being played; who sends it again gets the same reply. */
  step:
    | { readonly turn: number; readonly since: number | undefined; readonly reply: Promise<KeptReply> }
    | undefined;
  /** The turn sent last, where the worker itself does not count them; undefined where nobody knows. */
  turn: number | undefined;
  /** The reply to that turn, where the worker itself does not keep it. */
  lastReply: KeptReply | undefined;
  /** The cancel that is under way; later ones join it. */
  cancelling: Promise<void> | undefined;
  /** Why it is being cancelled. */
  cancelReason: SessionEnd | undefined;
  /** It ended for its clients before its worker was found to play it still: it holds its slot until it has ended there as well. */
  readonly isZombie: boolean;
}

export interface StartedSample {
  readonly index: SampleIndex;
  readonly owner?: string | undefined;
  readonly startId?: string | undefined;
}

interface TableDependencies {
  readonly clock: Clock;
  readonly writer: StoreWriter;
  readonly options: ControllerOptions;
}

/** `reason` is undefined where the session never was. */
type EndWatcher = (id: number, session: OpenSession, reason: SessionEnd | undefined) => void;

type Insertion = Pick<OpenSession, 'id' | 'index' | 'worker'> & Partial<OpenSession>;

/** The open sessions. All methods are synchronous, so no two requests can be in the middle of a change. */
export class SessionTable {
  /** Those that ended lately. */
  readonly ended: EndedSessions;
  readonly #clock: Clock;
  readonly #writer: StoreWriter;
  readonly #ids: SessionIds;
  readonly #sessions = new Map<number, OpenSession>();
  readonly #byStart = new Map<string, OpenSession>();
  readonly #endWatchers = new Set<EndWatcher>();
  readonly #startWatchers = new Set<(session: OpenSession) => void>();
  readonly #arrivalWatchers = new Set<(session: OpenSession) => void>();

  constructor({ clock, writer, options }: TableDependencies) {
    this.#clock = clock;
    this.#writer = writer;
    this.#ids = new SessionIds(clock);
    this.ended = new EndedSessions({ clock, writer, options });
  }

  get(id: number): OpenSession | undefined {
    return this.#sessions.get(id);
  }

  findByStart(startId: string): OpenSession | undefined {
    return this.#byStart.get(startId);
  }

  get size(): number {
    return this.#sessions.size;
  }

  all(): readonly OpenSession[] {
    return [...this.#sessions.values()];
  }

  /** Takes a slot of the worker for a new session, whose start is about to be sent. Throws the wire's `store-unwritable`. */
  open(worker: RegisteredWorker, sample: StartedSample): OpenSession {
    const { index, owner, startId } = sample;
    const turn = isOurs(worker) ? undefined : 0;
    const session = this.#create({ id: this.#ids.next(), index, worker, owner, startId, turn });
    this.#writer.require((store) => store.saveSession(describeOpen(session)));
    return this.#insert(session);
  }

  /** Takes in a session that a worker plays and nobody here knows, as after a restart without a store. */
  adopt(id: number, index: SampleIndex | null, worker: RegisteredWorker): OpenSession {
    this.#ids.skipPast(id);
    const session = this.#create({ id, index, worker, owner: worker.owners[id] });
    this.#writer.note((store) => store.saveSession(describeOpen(session)));
    return this.#arrive(session);
  }

  /** Its worker, which was given up, is back with it, and nobody was told that it is gone: it goes on. */
  revive(ended: EndedSession, worker: RegisteredWorker): OpenSession {
    const { id, index, owner, startId, startMs, turn } = ended;
    const lastReply = this.ended.replyOf(id);
    this.ended.forget(id);
    const session = this.#create({ id, index, worker, owner, startId, startMs, turn, lastReply });
    this.#writer.note((store) => store.saveSession(describeOpen(session)));
    return this.#arrive(session);
  }

  /** A worker plays a session that has ended for everybody else: it only holds its slot. */
  adoptZombie(ended: EndedSession, worker: RegisteredWorker): OpenSession {
    const { id, index, owner } = ended;
    return this.#insert(this.#create({ id, index, worker, owner, isZombie: true }));
  }

  /** Takes in what the store kept. */
  restore({ id, index, owner, startId, startMs, turn }: StoredSession, worker: RegisteredWorker): void {
    this.#ids.skipPast(id);
    this.#insert(this.#create({ id, index, worker, owner, startId, startMs, turn }));
  }

  /** Takes in a session whose worker the store has not kept. */
  restoreLost(session: StoredSession): void {
    const end = { atMs: this.#clock.now(), reason: 'worker lost', told: false } as const;
    const ended: EndedSession = { ...session, end };
    this.#writer.note((store) => store.saveSession(ended));
    this.restoreEnded(ended);
  }

  restoreEnded(session: EndedSession): void {
    this.#ids.skipPast(session.id);
    this.ended.add(session, undefined);
  }

  /** Writes down which turn is about to be sent, where the worker does not count them. Throws the wire's `store-unwritable`. */
  noteTurn(session: OpenSession, turn: number): void {
    this.#writer.require((store) => store.saveSession({ ...describeOpen(session), turn }));
    session.turn = turn;
    session.lastReply = undefined;
  }

  /** Ends a session and frees its slot; a second end does nothing. A cancel under way is the reason, whatever else is. */
  end(session: OpenSession, reason: SessionEnd): void {
    const { cancelReason = reason } = session;
    if (!this.#remove(session, cancelReason) || session.isZombie) return;
    const end = { atMs: this.#clock.now(), reason: cancelReason, told: false };
    const ended: EndedSession = { ...describeOpen(session), end };
    this.#writer.note((store) => store.saveSession(ended));
    this.ended.add(ended, session.lastReply);
  }

  /** Ends a session whose last reply is there, also one that was taken for lost while that reply was on its way. */
  finish(session: OpenSession): void {
    this.end(session, 'finished');
    if (session.lastReply) this.ended.noteOutcome(session.id, session.lastReply);
  }

  /** Takes back a session that never was: its worker did not take it. */
  discard(session: OpenSession): void {
    if (!this.#remove(session, undefined)) return;
    this.#writer.note((store) => store.removeSessions([session.id]));
  }

  endAllOf(worker: RegisteredWorker, reason: SessionEnd): void {
    for (const id of worker.sessionIds) {
      const session = this.#sessions.get(id);
      if (session) this.end(session, reason);
    }
  }

  /** Calls `watcher` for each session that ends or never was, until the returned function is called. */
  watchEnds(watcher: EndWatcher): () => void {
    this.#endWatchers.add(watcher);
    return () => this.#endWatchers.delete(watcher);
  }

  /** Calls `watcher` for each session that takes a slot from now on, until the returned function is called. */
  watchStarts(watcher: (session: OpenSession) => void): () => void {
    this.#startWatchers.add(watcher);
    return () => this.#startWatchers.delete(watcher);
  }

  /** Gives the session as soon as it is adopted, or nothing after `limitMs`. */
  async waitFor(id: number, limitMs: number): Promise<OpenSession | undefined> {
    let stopWaiting: () => void = () => undefined;
    const arrival = new Promise<OpenSession | undefined>((resolve) => {
      const timer = this.#clock.after(limitMs, () => resolve(undefined));
      const watcher = (session: OpenSession) => {
        if (session.id === id) resolve(session);
      };
      this.#arrivalWatchers.add(watcher);
      stopWaiting = () => {
        timer.cancel();
        this.#arrivalWatchers.delete(watcher);
      };
    });
    return arrival.finally(stopWaiting);
  }

  #create(insertion: Insertion): OpenSession {
    const now = this.#clock.now();
    return {
      owner: undefined,
      startId: undefined,
      startMs: now,
      lastUpdateMs: now,
      activity: undefined,
      calls: 0,
      started: Promise.resolve(),
      step: undefined,
      turn: undefined,
      lastReply: undefined,
      cancelling: undefined,
      cancelReason: undefined,
      isZombie: false,
      task: insertion.worker.task,
      ...insertion,
    };
  }

  #insert(session: OpenSession): OpenSession {
    this.#sessions.set(session.id, session);
    session.worker.sessionIds.add(session.id);
    if (session.startId !== undefined) this.#byStart.set(session.startId, session);
    for (const watcher of this.#startWatchers) watcher(session);
    return session;
  }

  #arrive(session: OpenSession): OpenSession {
    this.#insert(session);
    for (const watcher of this.#arrivalWatchers) watcher(session);
    return session;
  }

  /** False when it was not there any more. */
  #remove(session: OpenSession, reason: SessionEnd | undefined): boolean {
    if (this.#sessions.get(session.id) !== session) return false;
    this.#sessions.delete(session.id);
    session.worker.sessionIds.delete(session.id);
    if (session.startId !== undefined && this.#byStart.get(session.startId) === session)
      this.#byStart.delete(session.startId);
    for (const watcher of this.#endWatchers) watcher(session.id, session, reason);
    return true;
  }
}

function describeOpen(session: OpenSession): StoredSession {
  const { id, task, index, worker, owner, startId, startMs, turn } = session;
  const place = { worker: worker.address, isOurs: isOurs(worker) };
  return { id, task, index, ...place, owner, startId, startMs, turn, end: undefined };
}
