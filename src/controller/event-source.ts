import { every, type Clock, type Timer } from '../base/index.ts';
import type { StreamClient } from '../http/index.ts';
import { eventKinds, type EventData, type EventKind } from '../protocol/index.ts';
import { EventLog } from './event-log.ts';
import type { SessionTable } from './session-table.ts';
import type { RegisteredTask, RegisteredWorker, WorkerRegistry } from './worker-registry.ts';

/** More often than what lies between client and controller takes a silent connection for dead. */
const keepAliveMs = 15_000;

interface SourceDependencies {
  readonly clock: Clock;
  readonly registry: WorkerRegistry;
  readonly sessions: SessionTable;
  readonly keptEvents: number;
}

interface KnownTask {
  readonly workers: ReadonlyMap<number, RegisteredWorker>;
  readonly slots: EventData<'slots'>;
}

/** Notes what happens to workers, slots and sessions, and tells those who follow. */
export class EventSource {
  readonly #dependencies: SourceDependencies;
  readonly #log: EventLog;
  readonly #timer: Timer;
  /** Each with what ends its following. */
  readonly #clients = new Map<StreamClient, () => void>();
  #isClosed = false;
  /** As it was told last. */
  readonly #known = new Map<string, KnownTask>();
  /** Tasks to be looked at again. */
  readonly #stirred = new Set<string>();

  constructor(dependencies: SourceDependencies) {
    const { clock, registry, sessions, keptEvents } = dependencies;
    this.#dependencies = dependencies;
    this.#log = new EventLog({ describe: () => this.#describe(), keptEvents });
    this.#timer = every(clock, keepAliveMs, () => this.#log.keepAlive());
    registry.watchChanges((task) => this.#stir(task));
    sessions.watchStarts(({ id, task, index, worker, owner, isZombie }) => {
      const session = { session_id: id, task, index, worker_id: worker.id };
      if (!isZombie) this.#log.note('session_started', owner === undefined ? session : { ...session, owner });
      this.#stir(task);
    });
    sessions.watchEnds((session_id, { task, isZombie }, reason = 'start failed') => {
      if (!isZombie) this.#log.note('session_ended', { session_id, task, reason });
      this.#stir(task);
    });
  }

  get readers(): number {
    return this.#log.readers;
  }

  noteTurn(session_id: number, task: string, turn: number | undefined): void {
    this.#log.note('session_turn', { session_id, task, turn: turn ?? null });
  }

  /** Looks at all tasks, for what only time tells: a worker that has been silent for too long. */
  lookAround(): void {
    for (const name of this.#known.keys()) this.#stir(name);
  }

  /** Serves a client; gives what is called when it is gone. */
  serve(client: StreamClient): () => void {
    const { query, lastEventId, write } = client;
    if (this.#isClosed) {
      client.end();
      return () => undefined;
    }
    const leave = this.#log.follow({ kinds: readKinds(query['kinds']), lastEventId, write });
    this.#clients.set(client, leave);
    return () => {
      leave();
      this.#clients.delete(client);
    };
  }

  /** Ends all streams, those that come later too. */
  close(): void {
    this.#isClosed = true;
    this.#timer.cancel();
    for (const [{ end }, leave] of this.#clients) {
      leave();
      end();
    }
  }

  /** NOTE: Not at once: in the middle of giving up a worker its slots look free. */
  #stir(name: string): void {
    if (this.#stirred.size === 0) queueMicrotask(() => this.#tellChanges());
    this.#stirred.add(name);
  }

  #tellChanges(): void {
    for (const name of this.#stirred) {
      const before = this.#known.get(name);
      const now = this.#look(name);
      if (now) this.#known.set(name, now);
      else this.#known.delete(name);
      this.#tellWorkers(before, now);
      const none = { task: name, capacity: 0, used: 0 };
      const { slots: had = none } = before ?? {};
      const { slots: has = none } = now ?? {};
      if (had.capacity !== has.capacity || had.used !== has.used) this.#log.note('slots', has);
    }
    this.#stirred.clear();
  }

  #tellWorkers(before: KnownTask | undefined, now: KnownTask | undefined): void {
    for (const [id, worker] of before?.workers ?? [])
      if (now?.workers.get(id) !== worker) this.#log.note('worker_left', describeWorker(worker));
    for (const [id, worker] of now?.workers ?? [])
      if (before?.workers.get(id) !== worker) this.#log.note('worker_joined', describeWorker(worker));
  }

  #look(name: string): KnownTask | undefined {
    const task = this.#dependencies.registry.task(name);
    if (!task) return undefined;
    const available = this.#available(task);
    const workers = new Map(available.map((worker) => [worker.id, worker]));
    const capacity = available.reduce((sum, worker) => sum + worker.capacity, 0);
    // A worker may play more than it has slots for, as after it was given fewer: nobody else's slot is taken by that.
    const used = available.reduce(
      (sum, { capacity: own, sessionIds }) => sum + Math.min(own, sessionIds.size),
      0,
    );
    return { workers, slots: { task: name, capacity, used } };
  }

  #available(task: RegisteredTask): readonly RegisteredWorker[] {
    return [...task.workers.values()].filter((worker) => this.#dependencies.registry.isAvailable(worker));
  }

  #describe(): EventData<'reset'> {
    const { registry, sessions } = this.#dependencies;
    // What is told here must be what later changes are compared with.
    for (const { name } of registry.tasks) this.#stirred.add(name);
    for (const name of this.#known.keys()) this.#stirred.add(name);
    this.#tellChanges();
    const tasks = [...this.#known.values()];
    return {
      workers: tasks.flatMap(({ workers }) => [...workers.values()].map(describeWorker)),
      slots: tasks.map(({ slots }) => slots),
      sessions: sessions.size,
    };
  }
}

function describeWorker({ task, id, address }: RegisteredWorker): EventData<'worker_joined'> {
  return { task, worker_id: id, address };
}

/** What is no kind is passed over: a client may know more kinds than this controller. */
function readKinds(text: string | undefined): ReadonlySet<EventKind> {
  if (text === undefined) return new Set(eventKinds);
  const wanted = text.split(',');
  return new Set(eventKinds.filter((kind) => wanted.includes(kind)));
}
