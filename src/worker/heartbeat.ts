import { coerceError, type Clock, type Logger, type Timer } from '../base/index.ts';
import {
  callRoute,
  controllerRoutes,
  TransportError,
  WireError,
  type Peer,
  type SampleIndex,
} from '../protocol/index.ts';
import type { WorkerOptions } from './options.ts';

export interface Introduction {
  readonly name: string;
  readonly address: string;
  readonly concurrency: number;
  readonly indices: readonly SampleIndex[];
  /** Tells this process from one before it on the same address. */
  readonly instance: string;
}

interface HeartbeatDependencies {
  /** Who the sessions of the moment were started for. */
  readonly describeOwners: () => Readonly<Record<string, string>>;
  readonly controller: Peer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: WorkerOptions;
}

/** Tells the controller at regular times that the worker is there, and at its end that it is gone. */
export class Heartbeat {
  readonly #introduction: Introduction;
  readonly #dependencies: HeartbeatDependencies;
  readonly #stopped = new AbortController();
  #timer: Timer | undefined;
  #beat: Promise<void> = Promise.resolve();
  /** What the last heartbeat came to, so that a lasting trouble is told once. */
  #trouble: string | undefined;

  constructor(introduction: Introduction, dependencies: HeartbeatDependencies) {
    this.#introduction = introduction;
    this.#dependencies = dependencies;
  }

  /** Sends a heartbeat now, and the next ones in their time. */
  start(): void {
    this.#beat = this.#send();
  }

  /** No further heartbeat; the controller is told goodbye, if it is there and knows that word. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#timer?.cancel();
    await this.#beat;
    const { controller, log, options } = this.#dependencies;
    const { name, address, instance } = this.#introduction;
    try {
      await callRoute(controller, controllerRoutes.unregisterWorker, {
        body: { name, address, instance },
        timeoutMs: options.heartbeatTimeoutMs,
      });
    } catch (error) {
      log.debug(`the controller did not take the goodbye: ${coerceError(error).message}`);
    }
  }

  async #send(): Promise<void> {
    const { controller, clock, options } = this.#dependencies;
    const owners = this.#dependencies.describeOwners();
    let pauseMs = options.heartbeatEveryMs;
    try {
      await callRoute(controller, controllerRoutes.receiveHeartbeat, {
        body: {
          ...this.#introduction,
          indices: [...this.#introduction.indices],
          ...(Object.keys(owners).length === 0 ? {} : { owners }),
        },
        timeoutMs: options.heartbeatTimeoutMs,
        signal: this.#stopped.signal,
      });
      this.#report(undefined);
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      this.#report(describe(error));
      pauseMs = options.heartbeatRetryMs;
    }
    if (this.#stopped.signal.aborted) return;
    this.#timer = clock.after(pauseMs, () => this.start());
  }

  #report(trouble: string | undefined): void {
    const { log, controller } = this.#dependencies;
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    if (trouble === undefined) log.info(`listed by the controller at ${controller.address}`);
    else log.warn(`not listed by the controller at ${controller.address}: ${trouble}; trying again`);
  }
}

function describe(error: unknown): string {
  if (error instanceof WireError) return `it answered ${error.status}: ${error.message}`;
  if (error instanceof TransportError) return `no reply (${error.message})`;
  return coerceError(error).message;
}
