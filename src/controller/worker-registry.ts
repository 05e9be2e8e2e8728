import type { Clock } from '../base/index.ts';
import { WireError, type SampleIndex } from '../protocol/index.ts';
import type { StoredTask, StoredWorker, StoreWriter } from './store/index.ts';
import { WorkerCalls } from './worker-calls.ts';

export interface Registration {
  readonly name: string;
  readonly address: string;
  readonly concurrency: number;
  readonly indices: readonly SampleIndex[];
  readonly instance?: string | undefined;
  /** Session id → owner, of those that have one. */
  readonly owners?: Readonly<Record<string, string>> | undefined;
  /** How long a step of its task may take, in the place of the controller's own limit. */
  readonly step_seconds?: number | undefined;
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
  /** How long a step may take; the controller's own limit unless it said so. */
  stepSeconds: number | undefined;
  lastVisitMs: number;
  /** A call found nobody there; a heartbeat that can be answered clears it. */
  unreachable: boolean;
  /** It is being asked for the sessions that it already plays; until then it is neither listed nor given work. */
  joining: boolean;
  /** The sessions placed on it. */
  readonly sessionIds: Set<number>;
  /** Ends the calls to it that are under way; another one serves later calls. */
  calls: WorkerCalls;
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

interface RegistryDependencies {
  readonly clock: Clock;
  readonly writer: StoreWriter;
  readonly silenceLimitMs: number;
}

/** The tasks and their workers. All methods are synchronous. */
export class WorkerRegistry {
  readonly #clock: Clock;
  readonly #silenceLimitMs: number;
  readonly #writer: StoreWriter;
  readonly #tasks = new Map<string, RegisteredTask>();
  readonly #watchers = new Set<(task: string) => void>();

  constructor({ clock, writer, silenceLimitMs }: RegistryDependencies) {
    this.#clock = clock;
    this.#silenceLimitMs = silenceLimitMs;
    this.#writer = writer;
  }

  /** Calls `watcher` with the task of a worker that may be given work now, or may not any more. What time alone changes nobody is told of. */
  watchChanges(watcher: (task: string) => void): void {
    this.#watchers.add(watcher);
  }

  /** Tells the watchers; for those who change a worker themselves. */
  noteChange({ task }: RegisteredWorker): void {
    for (const watcher of this.#watchers) watcher(task);
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
    const worker = this.#createWorker(task, task.nextWorkerId, registration);
    this.#save(worker);
    return worker;
  }

  /** Takes over what a known worker says of itself. */
  update(worker: RegisteredWorker, registration: Registration): void {
    const { instance, concurrency, owners = {}, step_seconds: stepSeconds } = registration;
    const isChanged =
      worker.instance !== instance || worker.capacity !== concurrency || worker.stepSeconds !== stepSeconds;
    Object.assign(worker, { instance, capacity: concurrency, owners, stepSeconds });
    worker.lastVisitMs = this.#clock.now();
    if (isChanged) this.#save(worker);
    this.noteChange(worker);
  }

  restoreTask({ name, indices }: StoredTask): void {
    this.#addTask(name, indices);
  }

  /** Takes in a worker that the store kept; it has as long to be heard of again as a new one. Nothing when its task was not kept. */
  restoreWorker(stored: StoredWorker): RegisteredWorker | undefined {
    const task = this.#tasks.get(stored.task);
    if (!task) return undefined;
    const { address, instance, concurrency, stepSeconds: step_seconds } = stored;
    const registration = {
      name: task.name,
      address,
      instance,
      concurrency,
      step_seconds,
      indices: task.indices,
    };
    const worker = this.#createWorker(task, stored.id, registration);
    worker.joining = false;
    this.noteChange(worker);
    return worker;
  }

  remove(worker: RegisteredWorker): void {
    const { task, id } = worker;
    this.#tasks.get(task)?.workers.delete(id);
    this.noteChange(worker);
    this.#writer.note((store) => store.removeWorker({ task, id }));
  }

  /** Drops the tasks that no worker is left for. */
  removeEmptyTasks(): void {
    for (const { name, workers } of this.#tasks.values()) {
      if (workers.size > 0) continue;
      this.#tasks.delete(name);
      this.#writer.note((store) => store.removeTask(name));
    }
  }

  #createWorker(task: RegisteredTask, id: number, registration: Registration): RegisteredWorker {
    const worker: RegisteredWorker = {
      id,
      task: task.name,
      address: registration.address,
      capacity: registration.concurrency,
      instance: registration.instance,
      owners: registration.owners ?? {},
      stepSeconds: registration.step_seconds,
      lastVisitMs: this.#clock.now(),
      unreachable: false,
      joining: true,
      sessionIds: new Set(),
      calls: new WorkerCalls(),
    };
    task.workers.set(id, worker);
    task.nextWorkerId = Math.max(task.nextWorkerId, id + 1);
    return worker;
  }

  #save(worker: RegisteredWorker): void {
    const { task, id, address, instance, capacity: concurrency, stepSeconds } = worker;
    this.#writer.note((store) => store.saveWorker({ task, id, address, instance, concurrency, stepSeconds }));
  }

  #taskFor({ name, indices }: Registration): RegisteredTask {
    const known = this.#tasks.get(name);
    if (known && sameIndices(known.indices, indices)) return known;
    this.#writer.note((store) => store.saveTask({ name, indices }));
    const task = this.#addTask(name, indices);
    task.nextWorkerId = known?.nextWorkerId ?? 0;
    return task;
  }

  #addTask(name: string, indices: readonly SampleIndex[]): RegisteredTask {
    const workers = new Map<number, RegisteredWorker>();
    const task = { name, indices, indexSet: new Set(indices), workers, nextWorkerId: 0 };
    this.#tasks.set(name, task);
    return task;
  }
}

/** It is one of this program: it knows turns and keeps its last replies. */
export function isOurs(worker: RegisteredWorker): boolean {
  return worker.instance !== undefined;
}

/** Ends the calls to a worker that are under way, with the reason. */
export function abortCalls(worker: RegisteredWorker, reason: string): void {
  worker.calls.abort(new Error(reason));
  worker.calls = new WorkerCalls();
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
