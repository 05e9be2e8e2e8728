import type { Clock } from '../base/index.ts';
import { WireError, type SampleIndex } from '../protocol/index.ts';

export interface Registration {
  readonly name: string;
  readonly address: string;
  readonly concurrency: number;
  readonly indices: readonly SampleIndex[];
  readonly instance?: string | undefined;
  /** Session id → owner, of those that have one. */
  readonly owners?: Readonly<Record<string, string>> | undefined;
}

/** A worker as the controller knows it. */
export interface RegisteredWorker {
  readonly id: number;
  readonly task: string;
  readonly address: string;
  capacity: number;
  /** Which process it is; a worker of another program does not say. */
  instance: string | undefined;
  /** Who its sessions were started for, as it last said. */
  owners: Readonly<Record<string, string>>;
  lastVisitMs: number;
  /** A call found nobody there; a heartbeat that can be answered clears it. */
  unreachable: boolean;
  /** It is being asked for the sessions that it already plays; until then it is neither listed nor given work. */
  joining: boolean;
  /** The sessions placed on it. */
  readonly sessionIds: Set<number>;
}

export interface RegisteredTask {
  readonly name: string;
  readonly indices: readonly SampleIndex[];
  readonly indexSet: ReadonlySet<SampleIndex>;
  readonly workers: Map<number, RegisteredWorker>;
  nextWorkerId: number;
}

/** 0 alive, 1 coma: silent for too long, 2 dead: a call found nobody there. Only status 0 is given work. */
export type WorkerStatus = 0 | 1 | 2;

/** The tasks and their workers. All methods are synchronous. */
export class WorkerRegistry {
  readonly #clock: Clock;
  readonly #silenceLimitMs: number;
  readonly #tasks = new Map<string, RegisteredTask>();

  constructor(clock: Clock, silenceLimitMs: number) {
    this.#clock = clock;
    this.#silenceLimitMs = silenceLimitMs;
  }

  get tasks(): Iterable<RegisteredTask> {
    return this.#tasks.values();
  }

  task(name: string): RegisteredTask | undefined {
    return this.#tasks.get(name);
  }

  /** Throws the wire's `task-unknown`. */
  requireTask(name: string): RegisteredTask {
    const task = this.#tasks.get(name);
    if (!task) throw WireError.of('task-unknown');
    return task;
  }

  *workers(): Iterable<RegisteredWorker> {
    for (const task of this.#tasks.values()) yield* task.workers.values();
  }

  find(task: string, address: string): RegisteredWorker | undefined {
    for (const worker of this.#tasks.get(task)?.workers.values() ?? [])
      if (worker.address === address) return worker;
    return undefined;
  }

  status(worker: RegisteredWorker): WorkerStatus {
    if (this.silenceMs(worker) > this.#silenceLimitMs) return 1;
    return worker.unreachable ? 2 : 0;
  }

  /** Whether it may be given work. */
  isAvailable(worker: RegisteredWorker): boolean {
    return !worker.joining && this.status(worker) === 0;
  }

  silenceMs(worker: RegisteredWorker): number {
    return this.#clock.now() - worker.lastVisitMs;
  }

  /** Whether these indices contradict those of the task's living workers; a worker that was started anew may change its own. */
  contradictsIndices(registration: Registration): boolean {
    const task = this.#tasks.get(registration.name);
    if (!task || sameIndices(task.indices, registration.indices)) return false;
    return [...task.workers.values()].some(
      (worker) => this.status(worker) === 0 && !isRestart(worker, registration),
    );
  }

  /** Workers of its task that a registration with other indices displaces. */
  displacedBy(registration: Registration): readonly RegisteredWorker[] {
    const task = this.#tasks.get(registration.name);
    return task && !sameIndices(task.indices, registration.indices) ? [...task.workers.values()] : [];
  }

  /** Takes in a new worker under the next id of its task, as one that is joining. */
  add(registration: Registration): RegisteredWorker {
    const task = this.#taskFor(registration);
    const worker: RegisteredWorker = {
      id: task.nextWorkerId++,
      task: task.name,
      address: registration.address,
      capacity: registration.concurrency,
      instance: registration.instance,
      owners: registration.owners ?? {},
      lastVisitMs: this.#clock.now(),
      unreachable: false,
      joining: true,
      sessionIds: new Set(),
    };
    task.workers.set(worker.id, worker);
    return worker;
  }

  remove(worker: RegisteredWorker): void {
    this.#tasks.get(worker.task)?.workers.delete(worker.id);
  }

  /** Drops the tasks that no worker is left for. */
  removeEmptyTasks(): void {
    for (const task of this.#tasks.values()) if (task.workers.size === 0) this.#tasks.delete(task.name);
  }

  #taskFor({ name, indices }: Registration): RegisteredTask {
    const known = this.#tasks.get(name);
    if (known && sameIndices(known.indices, indices)) return known;
    const task: RegisteredTask = {
      name,
      indices,
      indexSet: new Set(indices),
      workers: new Map(),
      nextWorkerId: known?.nextWorkerId ?? 0,
    };
    this.#tasks.set(name, task);
    return task;
  }
}

/** Another process on the same address. A worker of another program does not say which process it is. */
export function isRestart(worker: RegisteredWorker, registration: Registration): boolean {
  const { address, instance } = registration;
  return worker.address === address && instance !== undefined && instance !== worker.instance;
}

function sameIndices(left: readonly SampleIndex[], right: readonly SampleIndex[]): boolean {
  return left.length === right.length && left.every((index, position) => isSameIndex(index, right[position]));
}

/** A worker may list what is no index at all; only such entries need the longer comparison. */
function isSameIndex(left: unknown, right: unknown): boolean {
  return left === right || (typeof left === 'object' && JSON.stringify(left) === JSON.stringify(right));
}
