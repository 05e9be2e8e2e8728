import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../base/index.ts';
import { RawText } from '../http/index.ts';
import { WireError } from '../protocol/index.ts';
import type { EventSource } from './event-source.ts';
import { LoopLag } from './loop-lag.ts';
import type { SessionTable } from './session-table.ts';
import type { StartQueue } from './start-queue.ts';
import type { RegisteredTask, RegisteredWorker, WorkerRegistry } from './worker-registry.ts';

interface MetricsDependencies {
  readonly clock: Clock;
  readonly registry: WorkerRegistry;
  readonly sessions: SessionTable;
  readonly queue: StartQueue;
  readonly events: EventSource;
}

/** In seconds: a relayed turn takes as long as its task's step. */
const turnBuckets = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What came of a start: `refused` where no worker had a slot. */
type StartResult = 'started' | 'refused' | 'failed';

/**
 * What the controller tells a monitoring system. How things stand is looked up when it is asked for, so a turn costs one observation and a
 * session two counts.
 */
export class ControllerMetrics {
  readonly #dependencies: MetricsDependencies;
  /** Its own, so that two controllers in one process do not mix. */
  readonly #registry = new Registry();
  readonly #lag = new LoopLag();
  readonly #turns: Histogram<'task'>;
  readonly #starts: Counter<'task' | 'result'>;
  readonly #ends: Counter<'task' | 'reason'>;

  constructor(dependencies: MetricsDependencies) {
    this.#dependencies = dependencies;
    const registers = [this.#registry];
    this.#turns = new Histogram({
      name: 'proctor_turn_seconds',
      help: 'How long turns took from their request to their reply, by task',
      labelNames: ['task'],
      buckets: turnBuckets,
      registers,
    });
    this.#starts = new Counter({
      name: 'proctor_starts_total',
      help: 'Answered starts, by task and result: started, refused (no slot), failed',
      labelNames: ['task', 'result'],
      registers,
    });
    this.#ends = new Counter({
      name: 'proctor_session_ends_total',
      help: 'Sessions that ended, by task and reason',
      labelNames: ['task', 'reason'],
      registers,
    });
    this.#describeState();
    dependencies.sessions.watchEnds((_id, { task, isZombie }, reason) => {
      if (reason !== undefined && !isZombie) this.#ends.inc({ task, reason });
    });
  }

  /** Notes how long the reply took; a turn that failed is not counted. */
  async timeTurn<T>(task: string | undefined, reply: Promise<T>): Promise<T> {
    const { clock } = this.#dependencies;
    const startMs = clock.now();
    const given = await reply;
    if (task !== undefined) this.#turns.observe({ task }, Math.max(0, clock.now() - startMs) / 1000);
    return given;
  }

  /** Notes what came of a start. Names that are no task's are not kept: whoever asks could make them up without end. */
  async countStart<T>(task: string, reply: Promise<T>): Promise<T> {
    try {
      const given = await reply;
      this.#countStart(task, 'started');
      return given;
    } catch (error) {
      this.#countStart(task, error instanceof WireError && error.status === 406 ? 'refused' : 'failed');
      throw error;
    }
  }

  /** In Prometheus' text format. */
  async render(): Promise<RawText> {
    this.#lag.watch();
    return new RawText(await this.#registry.metrics(), this.#registry.contentType);
  }

  close(): void {
    this.#lag.close();
  }

  #countStart(task: string, result: StartResult): void {
    if (this.#dependencies.registry.task(task)) this.#starts.inc({ task, result });
  }

  /** What is counted anew each time. */
  #describeState(): void {
    const { registry, queue, events } = this.#dependencies;
    const sum = (task: RegisteredTask, count: (worker: RegisteredWorker) => number, isAvailable = true) =>
      [...task.workers.values()].reduce(
        (total, worker) => total + (isAvailable && !registry.isAvailable(worker) ? 0 : count(worker)),
        0,
      );
    const used = ({ sessionIds }: RegisteredWorker) => sessionIds.size;
    this.#addGauge('workers', 'Workers that may be given work', (task) => sum(task, () => 1));
    this.#addGauge('slots', 'Slots of workers that may be given work', (task) =>
      sum(task, ({ capacity }) => capacity),
    );
    this.#addGauge('slots_used', 'Those slots that are taken', (task) => sum(task, used));
    this.#addGauge('sessions', 'Open sessions', (task) => sum(task, used, false));
    this.#addGauge('waiting_starts', 'Starts that wait for a slot', ({ name }) => queue.lengthOf(name));
    new Gauge({
      name: 'proctor_event_followers',
      help: 'Clients that follow the stream of events',
      registers: [this.#registry],
      collect() {
        this.set(events.readers);
      },
    });
    const lag = this.#lag;
    new Gauge({
      name: 'proctor_event_loop_lag_seconds',
      help: 'How late the event loop was since this was asked last, by quantile; measured from the first time on',
      labelNames: ['quantile'],
      registers: [this.#registry],
      collect() {
        for (const [quantile, seconds] of lag.take()) this.set({ quantile }, seconds);
      },
    });
  }

  #addGauge(name: string, what: string, count: (task: RegisteredTask) => number): void {
    const { registry } = this.#dependencies;
    new Gauge({
      name: `proctor_${name}`,
      help: `${what}, by task`,
      labelNames: ['task'],
      registers: [this.#registry],
      collect() {
        // A task that is gone is no longer told of.
        this.reset();
        for (const task of registry.tasks) this.set({ task: task.name }, count(task));
      },
    });
  }
}
