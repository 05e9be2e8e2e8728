import { type Clock, SessionIds } from '../base/index.ts';
import type { SampleIndex } from '../protocol/index.ts';
import type { RegisteredWorker } from './worker-registry.ts';

/** A session as the controller knows it. It holds a slot of its worker from its opening to its end. */
export interface OpenSession {
  readonly id: number;
  readonly task: string;
  readonly index: SampleIndex | null;
  readonly worker: RegisteredWorker;
  /** Who it was started for, where the start said so. */
  readonly owner: string | undefined;
  /** Its end was asked for before this controller knew it. */
  readonly isUnwanted: boolean;
  readonly startMs: number;
  lastUpdateMs: number;
  /** A start or a step is under way on the worker. */
  busy: boolean;
  /** The cancel that is under way; later ones join it. */
  cancelling: Promise<void> | undefined;
}

export interface StartedSample {
  readonly index: SampleIndex;
  readonly owner?: string | undefined;
}

/** So many cancels of unknown sessions are remembered, each a number and a time. */
const mostUnwanted = 10_000;

/** The open sessions. All methods are synchronous, so no two requests can be in the middle of a change. */
export class SessionTable {
  readonly #clock: Clock;
  readonly #ids: SessionIds;
  readonly #sessions = new Map<number, OpenSession>();
  readonly #endWatchers = new Set<(id: number) => void>();
  readonly #unwantedForMs: number;
  /** Cancelled ids that nobody here knew, with the time of the cancel; the oldest first. */
  readonly #unwanted = new Map<number, number>();

  /** `unwantedForMs`: how long the cancel of an unknown session is remembered. */
  constructor(clock: Clock, unwantedForMs: number) {
    this.#clock = clock;
    this.#unwantedForMs = unwantedForMs;
    this.#ids = new SessionIds(clock);
  }

  get(id: number): OpenSession | undefined {
    return this.#sessions.get(id);
  }

  all(): readonly OpenSession[] {
    return [...this.#sessions.values()];
  }

  /** Takes a slot of the worker for a new session, whose start is under way. */
  open(worker: RegisteredWorker, sample: StartedSample): OpenSession {
    const { index, owner } = sample;
    return this.#insert({ id: this.#ids.next(), index, worker, owner, busy: true, isUnwanted: false });
  }

  /** Takes in a session that a worker plays and nobody here knows, as after a restart. */
  adopt(id: number, index: SampleIndex | null, worker: RegisteredWorker): OpenSession {
    this.#ids.skipPast(id);
    const isUnwanted = this.#isUnwanted(id);
    this.#unwanted.delete(id);
    return this.#insert({ id, index, worker, owner: undefined, busy: false, isUnwanted });
  }

  /**
   * A cancel came for a session that nobody here knows: after a restart its worker may still play it and report it later, and
   * then nobody would be left to end it.
   */
  rememberUnwanted(id: number): void {
    this.#unwanted.set(id, this.#clock.now());
    for (const oldest of this.#unwanted.keys()) {
      if (this.#unwanted.size <= mostUnwanted && this.#isUnwanted(oldest)) break;
      this.#unwanted.delete(oldest);
    }
  }

  /** Ends a session and frees its slot; a second end does nothing. */
  end(session: OpenSession): void {
    if (this.#sessions.get(session.id) !== session) return;
    this.#sessions.delete(session.id);
    session.worker.sessionIds.delete(session.id);
    for (const watcher of this.#endWatchers) watcher(session.id);
  }

  endAllOf(worker: RegisteredWorker): void {
    for (const id of worker.sessionIds) {
      const session = this.#sessions.get(id);
      if (session) this.end(session);
    }
  }

  /** Calls `watcher` with the id of each session that ends, until the returned function is called. */
  watchEnds(watcher: (id: number) => void): () => void {
    this.#endWatchers.add(watcher);
    return () => this.#endWatchers.delete(watcher);
  }

  #isUnwanted(id: number): boolean {
    const sinceMs = this.#unwanted.get(id);
    return sinceMs !== undefined && this.#clock.now() - sinceMs <= this.#unwantedForMs;
  }

  #insert(session: Omit<OpenSession, 'task' | 'startMs' | 'lastUpdateMs' | 'cancelling'>): OpenSession {
    const now = this.#clock.now();
    const { worker } = session;
    const opened = { ...session, task: worker.task, startMs: now, lastUpdateMs: now, cancelling: undefined };
    this.#sessions.set(opened.id, opened);
    worker.sessionIds.add(opened.id);
    return opened;
  }
}
