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
  /** How long a step of its task may take, where its definition says so. */
  readonly stepSeconds?: number | undefined;
}

/** Tells the controller at regular times that the worker is there, and at its end that it is gone. */
export interface Presence {
  /** Who a session was started for; undefined once it has ended. */
  setOwner(session: number, owner: string | undefined): void;
  /** How many samples it plays at once from now on; told at once. */
  setConcurrency(concurrency: number): void;
  /** No further heartbeat; the controller is told goodbye, if it is there and knows that word. */
  stop(): Promise<void>;
}

export type HeartbeatOptions = Pick<
  WorkerOptions,
  'heartbeatEveryMs' | 'heartbeatRetryMs' | 'heartbeatTimeoutMs' | 'stuckAfterMs' | 'pulseEveryMs'
>;

interface HeartbeatDependencies {
  readonly controller: Peer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: HeartbeatOptions;
  /** For how long the worker has stood still, where somebody else can tell; milliseconds. */
  readonly measureStandstill?: () => number;
}

/** Sends the heartbeats from the thread that it lives in. */
export class Heartbeat implements Presence {
  readonly #introduction: Introduction;
  readonly #dependencies: HeartbeatDependencies;
  readonly #owners = new Map<number, string>();
  readonly #stopped = new AbortController();
  #concurrency: number;
  #timer: Timer | undefined;
  #beat: Promise<void> | undefined;
  /** Something has changed since the heartbeat that is under way. */
  #hasNews = false;
  /** What the last heartbeat came to, so that a lasting trouble is told once. */
  #trouble: string | undefined;

  constructor(introduction: Introduction, dependencies: HeartbeatDependencies) {
    this.#introduction = introduction;
    this.#dependencies = dependencies;
    this.#concurrency = introduction.concurrency;
  }

  /** Sends a heartbeat now, and the next ones in their time. */
  start(): void {
    if (this.#stopped.signal.aborted) return;
    this.#timer?.cancel();
    this.#hasNews = false;
    this.#beat = this.#send().then((pauseMs) => this.#wait(pauseMs));
  }

  setOwner(session: number, owner: string | undefined): void {
    if (owner === undefined) this.#owners.delete(session);
    else this.#owners.set(session, owner);
  }

  setConcurrency(concurrency: number): void {
    this.#concurrency = concurrency;
    if (this.#beat) this.#hasNews = true;
    else this.start();
  }

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

  #wait(pauseMs: number): void {
    this.#beat = undefined;
    if (this.#stopped.signal.aborted) return;
    const { clock } = this.#dependencies;
    this.#timer = clock.after(this.#hasNews ? 0 : pauseMs, () => this.start());
  }

  /** Gives the pause until the next one. */
  async #send(): Promise<number> {
    const { controller, options, measureStandstill } = this.#dependencies;
    if (measureStandstill && measureStandstill() > options.stuckAfterMs) {
      this.#report(`its event loop has stood still for more than ${options.stuckAfterMs} ms`);
      return options.heartbeatRetryMs;
    }
    try {
      await callRoute(controller, controllerRoutes.receiveHeartbeat, {
        body: this.#describe(),
        timeoutMs: options.heartbeatTimeoutMs,
        signal: this.#stopped.signal,
      });
      this.#report(undefined);
      return options.heartbeatEveryMs;
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#report(describe(error));
      return options.heartbeatRetryMs;
    }
  }

  #describe() {
    const { name, address, indices, instance, stepSeconds } = this.#introduction;
    const owners = Object.fromEntries([...this.#owners].map(([id, owner]) => [String(id), owner]));
    return {
      name,
      address,
      concurrency: this.#concurrency,
      indices: [...indices],
      instance,
      ...(this.#owners.size === 0 ? {} : { owners }),
      ...(stepSeconds === undefined ? {} : { step_seconds: stepSeconds }),
    };
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
