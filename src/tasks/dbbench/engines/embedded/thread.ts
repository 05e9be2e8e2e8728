import type { Worker } from 'node:worker_threads';
import { startWorkerThread } from './start-thread.ts';
import type { ThreadReply, ThreadRequest } from './thread-messages.ts';

interface Waiting {
  readonly resolve: (reply: ThreadReply) => void;
  readonly reject: (error: Error) => void;
}

/** A database thread as the rest of the process sees it: asked one thing at a time, and ended when it does not answer. */
export class DatabaseThread {
  readonly #worker: Worker;
  #waiting: Waiting | undefined;
  #ended = false;

  private constructor(worker: Worker) {
    this.#worker = worker;
    // An idle thread keeps no process alive.
    worker.unref();
    worker.on('message', (reply: ThreadReply) => this.#settle((waiting) => waiting.resolve(reply)));
    worker.on('error', (error: Error) => this.#end(error));
    worker.on('exit', () => this.#end(new Error('the database thread has ended')));
  }

  static async start(): Promise<DatabaseThread> {
    return new DatabaseThread(await startWorkerThread());
  }

  get ended(): boolean {
    return this.#ended;
  }

  get busy(): boolean {
    return this.#waiting !== undefined;
  }

  /** Rejects when the thread ends before it has answered. */
  ask(request: ThreadRequest): Promise<ThreadReply> {
    if (this.#ended) return Promise.reject(new Error('the database thread has ended'));
    if (this.busy) return Promise.reject(new Error('the database thread is at work'));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.ref();
      this.#worker.postMessage(request);
    });
  }

  /** Ends the thread, in the middle of a statement too. */
  async terminate(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  #end(error: Error): void {
    this.#ended = true;
    this.#settle((waiting) => waiting.reject(error));
  }

  #settle(settle: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    this.#worker.unref();
    settle(waiting);
  }
}
