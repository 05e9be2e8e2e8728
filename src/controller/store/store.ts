import type { SampleIndex, SessionEnd } from '../../protocol/index.ts';

/**
 * What the controller must not forget when its process dies: tasks, workers and sessions, ended ones included until they are removed.
 * Every call is on disk, as far as the store has one, when it returns. Any of them may throw, and then nothing was written; the
 * caller may go on and try again.
 */
export interface ControllerStore {
  /** All that was kept and not removed. */
  load(): StoreContents;
  /** Adds a task, or changes its indices. */
  saveTask(task: StoredTask): void;
  removeTask(name: string): void;
  /** Adds a worker, or changes the one of this id. */
  saveWorker(worker: StoredWorker): void;
  removeWorker(worker: Pick<StoredWorker, 'task' | 'id'>): void;
  /** Adds a session, or changes the one of this id. */
  saveSession(session: StoredSession): void;
  /** Ids that are not there are passed over. */
  removeSessions(ids: readonly number[]): void;
  /** Lets the next process have it. What is called afterwards throws. */
  close(): Promise<void>;
}

export interface StoreContents {
  readonly tasks: readonly StoredTask[];
  /** By their ids within a task. */
  readonly workers: readonly StoredWorker[];
  /** In the order of their ids, which is that of their starts. */
  readonly sessions: readonly StoredSession[];
}

export interface StoredTask {
  readonly name: string;
  readonly indices: readonly SampleIndex[];
}

export interface StoredWorker {
  readonly task: string;
  /** Unique within its task. */
  readonly id: number;
  readonly address: string;
  /** Which process it is; a worker of another program does not say. */
  readonly instance: string | undefined;
  readonly concurrency: number;
  /** How long a step of its task may take; the controller's own limit unless given. */
  readonly stepSeconds: number | undefined;
}

export interface StoredSession {
  readonly id: number;
  readonly task: string;
  readonly index: SampleIndex | null;
  /** Its worker's address. */
  readonly worker: string;
  /** Its worker is one of this program: it counts turns, and repeats a reply. */
  readonly isOurs: boolean;
  readonly owner: string | undefined;
  /** Names its start, so that the same start sent again finds it. */
  readonly startId: string | undefined;
  readonly startMs: number;
  /** The turn sent last, where the worker itself does not count them; undefined where nobody knows. */
  readonly turn: number | undefined;
  /** Undefined while it is open. */
  readonly end: StoredEnd | undefined;
}

export interface StoredEnd {
  readonly atMs: number;
  readonly reason: SessionEnd;
  /** A client was told that it is gone: it may not come back. */
  readonly told: boolean;
}
