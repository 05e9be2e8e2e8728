import { silentLogger, type Clock } from '../base/index.ts';
import {
  createController,
  MemoryStore,
  type Controller,
  type ControllerOptions,
  type ControllerStore,
} from '../controller/index.ts';
import {
  apiPrefix,
  callRoute,
  controllerRoutes,
  workerRoutes,
  type Peer,
  type Route,
  type RouteInput,
  type RouteReply,
  type Transport,
  TransportError,
} from '../protocol/index.ts';
import type { Task } from '../sdk/index.ts';
import { createTaskWorker, type TaskWorker, type WorkerOptions } from '../worker/index.ts';
import { FakeClock } from './fake-clock.ts';
import { TestNetwork } from './test-network.ts';

export interface TestWorkerSettings {
  readonly name: string;
  readonly task: Task;
  readonly concurrency: number;
  /** Where it is reached; `http://worker-<n>` unless given. */
  readonly origin?: string;
  readonly options?: Partial<WorkerOptions>;
  readonly historySegments?: number;
}

/** Where the test system's controller is reached. */
export const testControllerOrigin = 'http://controller';

interface HostedWorker {
  readonly worker: TaskWorker;
  isAlive: boolean;
}

export interface TestSystemSettings {
  readonly clock?: FakeClock;
  readonly controller?: Partial<ControllerOptions>;
  /** Where its workers may be. */
  readonly workerAllow?: readonly string[];
  /** Stands before each controller's store, as one that fails. */
  readonly wrapStore?: (store: ControllerStore) => ControllerStore;
}

/** Longer than any worker takes to stop, samples that do not obey included. */
const longestStopMs = 120_000;

/**
 * A controller and workers in one process, on one clock, without a port. `await using` closes what is still there.
 */
export class TestSystem {
  readonly network = new TestNetwork();
  readonly clock: Clock & FakeClock;
  readonly controllerAddress = testControllerOrigin + apiPrefix;
  readonly #settings: TestSystemSettings;
  readonly #workers = new Map<string, HostedWorker>();
  readonly #killed: HostedWorker[] = [];
  #store = new MemoryStore();
  #controller: Controller | undefined;
  /** Ends what the last controller would still send. */
  #stopSending: () => void = () => undefined;

  constructor(settings: TestSystemSettings = {}) {
    this.clock = settings.clock ?? new FakeClock();
    this.#settings = settings;
    this.startController();
  }

  /** The controller's operations themselves, for what no request can say. */
  get handlers(): Controller['handlers'] {
    if (!this.#controller) throw new Error('the controller is closed');
    return this.#controller.handlers;
  }

  /** What its controller shows outside the protocol. */
  get pages(): Controller['pages'] {
    if (!this.#controller) throw new Error('the controller is closed');
    return this.#controller.pages;
  }

  /** What its controller tells to those who follow. */
  get streams(): Controller['streams'] {
    if (!this.#controller) throw new Error('the controller is closed');
    return this.#controller.streams;
  }

  get controller(): Peer {
    return { transport: this.network.transport, address: this.controllerAddress };
  }

  /**
   * A new controller takes the place of the last one, as after a crash: one that knows nothing, or with `keepStore` one that finds what
   * the last one had written.
   */
  startController({ keepStore = false }: { readonly keepStore?: boolean } = {}): void {
    this.#controller?.close();
    this.#stopSending();
    const { controller: options = {}, workerAllow, wrapStore = (store) => store } = this.#settings;
    this.#store = keepStore ? this.#store.copy() : new MemoryStore();
    let isAlive = true;
    this.#stopSending = () => (isAlive = false);
    const transport: Transport = (request) =>
      isAlive
        ? this.network.transport(request)
        : Promise.reject(new TransportError('refused', 'this controller was killed'));
    this.#controller = createController({
      clock: this.clock,
      log: silentLogger,
      transport,
      store: wrapStore(this.#store),
      version: 'test',
      options,
      workerAllow,
    });
    this.network.serve(testControllerOrigin, controllerRoutes, this.#controller.handlers);
  }

  /** Starts a worker and waits until the controller lists it. */
  async startWorker(
    settings: TestWorkerSettings,
  ): Promise<{ readonly origin: string; readonly worker: TaskWorker }> {
    const origin = settings.origin ?? `http://worker-${this.#workers.size + 1}`;
    const worker = await createTaskWorker({
      name: settings.name,
      task: settings.task,
      concurrency: settings.concurrency,
      historySegments: settings.historySegments,
      clock: this.clock,
      log: silentLogger,
      ...(settings.options ? { options: settings.options } : {}),
    });
    this.network.serve(origin, workerRoutes, worker.handlers);
    const hosted: HostedWorker = { worker, isAlive: true };
    this.#workers.set(origin, hosted);
    const transport: Transport = (request) =>
      hosted.isAlive
        ? this.network.transport(request)
        : Promise.reject(new TransportError('refused', 'this process was killed'));
    worker.introduce({ transport, address: this.controllerAddress }, origin + apiPrefix);
    await this.clock.advance(0);
    return { origin, worker };
  }

  /** The worker neither answers nor speaks any more, as after `kill -9`. */
  killWorker(origin: string): void {
    this.network.remove(origin);
    const hosted = this.#workers.get(origin);
    if (!hosted) return;
    hosted.isAlive = false;
    this.#killed.push(hosted);
    this.#workers.delete(origin);
  }

  /** The worker stops cleanly. */
  async stopWorker(origin: string): Promise<void> {
    await this.#workers.get(origin)?.worker.close();
    this.#workers.delete(origin);
    this.network.remove(origin);
  }

  /** Asks the controller. */
  ask<R extends Route>(route: R, input: RouteInput<R> = {}): Promise<RouteReply<R>> {
    return callRoute(this.controller, route, { ...input, timeoutMs: 60_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = [...this.#workers.values(), ...this.#killed].map(({ worker }) => worker.close());
    await this.clock.advance(longestStopMs);
    await Promise.all(closing);
    this.#controller?.close();
  }
}
