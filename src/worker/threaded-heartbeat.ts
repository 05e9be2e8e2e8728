import { Worker } from 'node:worker_threads';
import { coerceError, every, ProctorError, type Clock, type Logger, type Timer } from '../base/index.ts';
import type { ControllerTarget, HeartbeatReport, HeartbeatStart } from './heartbeat-messages.ts';
import { HeartbeatOrders } from './heartbeat-orders.ts';
import type { HeartbeatOptions, Introduction, Presence } from './heartbeat.ts';
import { Pulse } from './pulse.ts';

interface ThreadDependencies {
  readonly controller: ControllerTarget;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: HeartbeatOptions;
  /** The thread is gone before its time: the controller will hear nothing more. */
  readonly onFailure: (error: ProctorError) => void;
}

/** Has heartbeats sent by a thread of its own, so that a task that keeps the event loop busy does not look dead. */
export class ThreadedHeartbeat implements Presence {
  readonly #thread: Worker;
  readonly #dependencies: ThreadDependencies;
  readonly #orders: HeartbeatOrders;
  readonly #pulse: Timer;
  readonly #ended: Promise<void>;
  #isStopping = false;

  constructor(introduction: Introduction, dependencies: ThreadDependencies) {
    const { clock, controller, options } = dependencies;
    this.#dependencies = dependencies;
    const pulse = new Pulse(clock);
    const start: HeartbeatStart = { introduction, controller, options, pulse: pulse.buffer };
    // Threads run compiled code alone; beside the sources there is none.
    this.#thread = new Worker(new URL('./heartbeat-thread.js', import.meta.url), { workerData: start });
    this.#orders = new HeartbeatOrders((order) => this.#thread.postMessage(order));
    this.#pulse = every(clock, Math.min(options.stuckAfterMs / 4, options.pulseEveryMs), () => {
      pulse.beat();
      this.#orders.flush();
    });
    this.#ended = this.#watch();
  }

  setOwner(session: number, owner: string | undefined): void {
    this.#orders.setOwner(session, owner);
  }

  setConcurrency(concurrency: number): void {
    this.#orders.setConcurrency(concurrency);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#orders.stop();
    await this.#ended;
  }

  /** Resolves when the thread is gone. */
  #watch(): Promise<void> {
    const { log } = this.#dependencies;
    return new Promise((resolve) => {
      let reason = 'it ended by itself';
      this.#thread.on('message', (report: HeartbeatReport) => {
        if (report.type === 'log') log[report.level](report.message, report.fields);
        else void this.#thread.terminate();
      });
      this.#thread.on('error', (error) => (reason = coerceError(error).message));
      this.#thread.on('exit', () => {
        this.#pulse.cancel();
        resolve();
        if (this.#isStopping) return;
        this.#dependencies.onFailure(new ProctorError('heartbeat-failed', { reason }));
      });
    });
  }
}
