import type { ControllerStore, StoreContents, StoredSession, StoredTask, StoredWorker } from './store.ts';

/** Keeps everything in memory: it lives and dies with its process. */
export class MemoryStore implements ControllerStore {
  readonly #tasks = new Map<string, StoredTask>();
  readonly #workers = new Map<string, StoredWorker>();
  readonly #sessions = new Map<number, StoredSession>();
  #isClosed = false;

  load(): StoreContents {
    this.#checkOpen();
    return {
      tasks: [...this.#tasks.values()],
      workers: [...this.#workers.values()].sort((left, right) => left.id - right.id),
      sessions: [...this.#sessions.values()].sort((left, right) => left.id - right.id),
    };
  }

  saveTask(task: StoredTask): void {
    this.#checkOpen();
    this.#tasks.set(task.name, task);
  }

  removeTask(name: string): void {
    this.#checkOpen();
    this.#tasks.delete(name);
  }

  saveWorker(worker: StoredWorker): void {
    this.#checkOpen();
    this.#workers.set(keyOf(worker), worker);
  }

  removeWorker(worker: Pick<StoredWorker, 'task' | 'id'>): void {
    this.#checkOpen();
    this.#workers.delete(keyOf(worker));
  }

  saveSession(session: StoredSession): void {
    this.#checkOpen();
    this.#sessions.set(session.id, session);
  }

  removeSessions(ids: readonly number[]): void {
    this.#checkOpen();
    for (const id of ids) this.#sessions.delete(id);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  /** Another store with the same contents, which what is done to this one no longer reaches: as a process finds it that starts after a crash. */
  copy(): MemoryStore {
    const copied = new MemoryStore();
    for (const task of this.#tasks.values()) copied.saveTask(task);
    for (const worker of this.#workers.values()) copied.saveWorker(worker);
    for (const session of this.#sessions.values()) copied.saveSession(session);
    return copied;
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new Error('the store is closed');
  }
}

function keyOf({ task, id }: Pick<StoredWorker, 'task' | 'id'>): string {
  return `${id}:${task}`;
}
