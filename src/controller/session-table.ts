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
  owner: string | undefined;
  readonly startMs: number;
  lastUpdateMs: number;
  /** A start or a step is under way on the worker. */
  busy: boolean;
  /** Resolves when its start was answered; a worker may hear of a cancel before it hears of the start. */
  started: Promise<unknown>;
  /** The cancel that is under way; later ones join it. */
  cancelling: Promise<void> | undefined;
}

export interface StartedSample {
  readonly index: SampleIndex;
  readonly owner?: string | undefined;
}

/** The open sessions. All methods are synchronous, so no two requests can be in the middle of a change. */
export class SessionTable {
  readonly #clock: Clock;
  readonly #ids: SessionIds;
  readonly #sessions = new Map<number, OpenSession>();
  readonly #endWatchers = new Set<(id: number) => void>();
  readonly #arrivalWatchers = new Set<(session: OpenSession) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
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
    return this.#insert({ id: this.#ids.next(), index, worker, owner, busy: true });
  }

  /** Takes in a session that a worker plays and nobody here knows, as after a restart. */
  adopt(id: number, index: SampleIndex | null, worker: RegisteredWorker): OpenSession {
    this.#ids.skipPast(id);
    const session = this.#insert({ id, index, worker, owner: undefined, busy: false });
    for (const watcher of this.#arrivalWatchers) watcher(session);
    return session;
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

  #insert(
    session: Omit<OpenSession, 'task' | 'started' | 'startMs' | 'lastUpdateMs' | 'cancelling'>,
  ): OpenSession {
    const now = this.#clock.now();
    const { worker } = session;
    const opened: OpenSession = {
      ...session,
      started: Promise.resolve(),
      task: worker.task,
      startMs: now,
      lastUpdateMs: now,
      cancelling: undefined,
    };
    this.#sessions.set(opened.id, opened);
    worker.sessionIds.add(opened.id);
    return opened;
  }
}
