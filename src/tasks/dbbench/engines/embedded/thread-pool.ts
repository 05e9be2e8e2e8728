import { DatabaseThread } from './thread.ts';

/** Threads that wait for a next sample; a further one ends with its sample. */
const mostIdle = 8;

/** Threads, reused from sample to sample since starting one costs more than a sample. */
export class ThreadPool {
  readonly #idle: DatabaseThread[] = [];
  readonly #all = new Set<DatabaseThread>();
  #closed = false;

  async take(): Promise<DatabaseThread> {
    const idle = this.#idle.pop();
    if (idle && !idle.ended) return idle;
    const thread = await DatabaseThread.start();
    if (this.#closed) {
      await thread.terminate();
      throw new Error('the database engine was released');
    }
    this.#all.add(thread);
    return thread;
  }

  /** Takes a thread back; one that is at work or full of a sample's data is ended instead of kept. */
  async giveBack(thread: DatabaseThread): Promise<void> {
    if (!this.#closed && !thread.busy && !thread.ended && this.#idle.length < mostIdle) {
      const emptied = await thread.ask({ type: 'close' }).then(
        () => true,
        () => false,
      );
      if (emptied && !this.#closed) {
        this.#idle.push(thread);
        return;
      }
    }
    await this.end(thread);
  }

  async end(thread: DatabaseThread): Promise<void> {
    this.#all.delete(thread);
    await thread.terminate();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#idle.length = 0;
    await Promise.all([...this.#all].map((thread) => this.end(thread)));
  }
}
