import { randomUUID } from 'node:crypto';
import {
  coerceError,
  withDeadline,
  type Clock,
  type Json,
  type Logger,
  type ProctorError,
} from '../base/index.ts';
import type { Handlers } from '../http/index.ts';
import type { Peer, SampleIndex, TaskOutput, workerRoutes } from '../protocol/index.ts';
import type { Task } from '../sdk/index.ts';
import { Drain } from './drain.ts';
import { createHandlers } from './handlers.ts';
import type { ControllerTarget } from './heartbeat-messages.ts';
import { Heartbeat, type Introduction, type Presence } from './heartbeat.ts';
import { defaultWorkerOptions, type WorkerOptions } from './options.ts';
import { Recycling, type RecycleRule } from './recycling.ts';
import { SessionHost } from './session-host.ts';
import { ThreadedHeartbeat } from './threaded-heartbeat.ts';

export interface TaskWorkerDependencies {
  /** The task's name, as the controller lists it. */
  readonly name: string;
  readonly task: Task;
  /** How many samples it plays at once, 1 or more. */
  readonly concurrency: number;
  readonly historySegments?: number | undefined;
  /** How long a step of the task may take, in seconds, where not the controller's limit is to hold. */
  readonly stepSeconds?: number | undefined;
  /** When it is to be replaced; without it, never. */
  readonly recycle?: RecycleRule | undefined;
  /** How much memory the process holds; asked for `recycle.rssMiB` alone. */
  readonly readRssBytes?: () => number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options?: Partial<WorkerOptions>;
}

export interface TaskWorker {
  /** Its operations, to be served by `createHttpServer(workerRoutes, …)`. */
  readonly handlers: Handlers<typeof workerRoutes>;
  /**
   * Resolves when a limit of `recycle` was reached and the last sample after that has ended: it is to be replaced. Rejects with
   * `heartbeat-failed` when it can no longer tell the controller that it is there.
   */
  readonly wornOut: Promise<void>;
  /** Begins to tell the controller that it is there, under the address where it listens. */
  introduce(controller: Peer, ownAddress: string): void;
  /** The same from a thread of its own, which a busy task does not hold up; compiled code alone can do so. */
  introduceByThread(controller: ControllerTarget, ownAddress: string): void;
  /** Says goodbye, cancels what runs, and releases the task; each of the last two is given `stopGraceMs`. */
  close(): Promise<void>;
}

/** A task-worker: hosts one task and plays up to `concurrency` sessions of it. */
export async function createTaskWorker(dependencies: TaskWorkerDependencies): Promise<TaskWorker> {
  const indices = await dependencies.task.getIndices();
  return new HostingWorker(dependencies, indices);
}

class HostingWorker implements TaskWorker {
  readonly handlers: Handlers<typeof workerRoutes>;
  readonly wornOut: Promise<void>;
  readonly #dependencies: TaskWorkerDependencies;
  readonly #options: WorkerOptions;
  readonly #indices: readonly SampleIndex[];
  readonly #host: SessionHost;
  readonly #recycling: Recycling;
  readonly #drain: Drain;
  readonly #fail: (error: ProctorError) => void;
  #presence: Presence | undefined;
  #scorings = 0;

  constructor(dependencies: TaskWorkerDependencies, indices: readonly SampleIndex[]) {
    const { task, concurrency, clock, recycle, readRssBytes } = dependencies;
    this.#dependencies = dependencies;
    this.#options = { ...defaultWorkerOptions, ...dependencies.options };
    this.#indices = indices;
    this.#host = this.#createHost();
    this.#recycling = new Recycling(recycle ?? {}, {
      clock,
      measureEveryMs: this.#options.measureEveryMs,
      readRssBytes: readRssBytes ?? (() => process.memoryUsage.rss()),
      onDue: (reason) => this.#beginDrain(reason),
    });
    const { promise, resolve, reject } = createSettling();
    this.wornOut = promise;
    this.#fail = reject;
    this.#drain = new Drain({
      clock,
      lingerMs: this.#options.lingerMs,
      isIdle: () => !this.#host.isBusy && this.#scorings === 0,
      onDone: resolve,
    });
    const scoring = { calculateOverall: (results: readonly TaskOutput[]) => this.#score(task, results) };
    this.handlers = createHandlers({ host: this.#host, task: scoring, concurrency, indices });
  }

  introduce(controller: Peer, ownAddress: string): void {
    const { clock, log } = this.#dependencies;
    const options = this.#options;
    const heartbeat = new Heartbeat(this.#describe(ownAddress), { controller, clock, log, options });
    this.#attend(heartbeat);
    heartbeat.start();
  }

  introduceByThread(controller: ControllerTarget, ownAddress: string): void {
    const { clock, log } = this.#dependencies;
    const options = this.#options;
    const dependencies = { controller, clock, log, options, onFailure: this.#fail };
    this.#attend(new ThreadedHeartbeat(this.#describe(ownAddress), dependencies));
  }

  async close(): Promise<void> {
    this.#recycling.close();
    this.#drain.close();
    this.#host.drain();
    await this.#endWithin('the samples', () => Promise.all([this.#presence?.stop(), this.#host.cancelAll()]));
    this.#host.close();
    await this.#endWithin('the task', async () => this.#dependencies.task.release());
  }

  #createHost(): SessionHost {
    const { task, concurrency, historySegments, clock, log } = this.#dependencies;
    const options = this.#options;
    const watcher = {
      onStart: (id: number, owner: string | undefined) => this.#presence?.setOwner(id, owner),
      onEnd: (id: number) => {
        this.#presence?.setOwner(id, undefined);
        this.#recycling.noteEnd();
        this.#drain.check();
      },
      // The end of the process is what ends such a sample.
      onAbandon: () => this.#drain.check(),
    };
    return new SessionHost({ task, concurrency, historySegments, watcher, clock, log, options });
  }

  /** Sessions may have been started already by a controller that has known the address from before. */
  #attend(presence: Presence): void {
    for (const [id, owner] of this.#host.owners()) presence.setOwner(id, owner);
    this.#presence = presence;
  }

  #describe(address: string): Introduction {
    const { name, concurrency, stepSeconds } = this.#dependencies;
    return { name, address, concurrency, indices: this.#indices, instance: randomUUID(), stepSeconds };
  }

  #beginDrain(reason: string): void {
    this.#dependencies.log.info(`takes no new sample and ends after those under way, since ${reason}`);
    this.#host.drain();
    this.#presence?.setConcurrency(0);
    this.#drain.begin();
  }

  async #score(task: Task, results: readonly TaskOutput[]): Promise<Json> {
    this.#scorings++;
    try {
      return await task.calculateOverall(results);
    } finally {
      this.#scorings--;
      this.#drain.check();
    }
  }

  async #endWithin(what: string, work: () => Promise<unknown>): Promise<void> {
    const { clock, log } = this.#dependencies;
    const deadline = { clock, limitMs: this.#options.stopGraceMs, operation: `stopping ${what}` };
    await withDeadline(deadline, work).catch((error: unknown) => log.error(coerceError(error).message));
  }
}

/** Nobody need wait for it. */
function createSettling() {
  let resolve!: () => void;
  let reject!: (error: ProctorError) => void;
  const promise = new Promise<void>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
