import { sleep, type Clock } from '../base/index.ts';
import {
  callRoute,
  TransportError,
  type Route,
  type RouteInput,
  type RouteReply,
  type Transport,
  type TransportFault,
} from '../protocol/index.ts';
import type { EvaluationObserver } from './observer.ts';
import type { EvaluationTimings } from './timings.ts';

export interface LinkDependencies {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly timings: EvaluationTimings;
  readonly observer: Required<EvaluationObserver>;
}

export interface LinkCall {
  readonly timeoutMs: number;
  /** The faults after which the same request may be sent again; none unless told. */
  readonly repeatOn?: readonly TransportFault[];
  /** Ends the request that is under way. */
  readonly signal?: AbortSignal;
  /** Ends the pause before a repetition; the same as `signal` unless told. */
  readonly pauseSignal?: AbortSignal;
  /** Told the text of a reply before it is read, also of one that cannot be. */
  readonly onReply?: (text: string) => void;
}

/** Faults after which the other side certainly did nothing. */
export const neverReceived: readonly TransportFault[] = ['refused'];
/** Faults after which a request that changes nothing may be sent again. */
export const noReply: readonly TransportFault[] = ['refused', 'lost', 'timeout'];

/** One controller: all its requests go through here, and it knows since when it is out of reach. */
export class ControllerLink {
  readonly address: string;
  readonly #dependencies: LinkDependencies;
  #downSinceMs: number | undefined;

  constructor(address: string, dependencies: LinkDependencies) {
    this.address = address;
    this.#dependencies = dependencies;
  }

  /**
   * Calls an operation; where it may be repeated, with growing pauses for as long as the patience with a controller lasts.
   * Throws what `callRoute` throws, and the pause signal's reason.
   */
  async call<R extends Route>(route: R, input: RouteInput<R>, call: LinkCall): Promise<RouteReply<R>> {
    const { clock, timings } = this.#dependencies;
    const { timeoutMs, repeatOn = [], signal } = call;
    const transport = this.#listen(call.onReply);
    const pauseSignal = call.pauseSignal ?? signal;
    for (let pauseMs = timings.firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, timings.longestPauseMs)) {
      try {
        const reply = await callRoute({ transport, address: this.address }, route, {
          ...input,
          timeoutMs,
          signal,
        });
        this.#noteAnswer();
        return reply;
      } catch (error) {
        if (!(error instanceof TransportError)) {
          this.#noteAnswer();
          throw error;
        }
        if (error.fault === 'aborted' || !repeatOn.includes(error.fault)) throw error;
        const leftMs = this.#noteSilence(error.message);
        if (leftMs <= 0) throw error;
        await sleep(clock, Math.min(pauseMs, leftMs), pauseSignal);
      }
    }
  }

  /** The patience with this controller is over, and it has not answered since. */
  get isLost(): boolean {
    const { clock, timings } = this.#dependencies;
    return this.#downSinceMs !== undefined && clock.now() - this.#downSinceMs >= timings.controllerPatienceMs;
  }

  #listen(onReply: LinkCall['onReply']): Transport {
    const { transport } = this.#dependencies;
    if (!onReply) return transport;
    return async (request) => {
      const reply = await transport(request);
      onReply(reply.text);
      return reply;
    };
  }

  #noteAnswer(): void {
    if (this.#downSinceMs === undefined) return;
    this.#downSinceMs = undefined;
    this.#dependencies.observer.notice(`The controller at ${this.address} answers again`);
  }

  /** Gives the patience that is left, in ms. */
  #noteSilence(reason: string): number {
    const { clock, timings, observer } = this.#dependencies;
    if (this.#downSinceMs === undefined) {
      this.#downSinceMs = clock.now();
      const seconds = Math.round(timings.controllerPatienceMs / 1000);
      observer.waiting(
        `The controller at ${this.address} does not answer (${reason}); waiting for it, up to ${seconds} s`,
      );
    }
    return this.#downSinceMs + timings.controllerPatienceMs - clock.now();
  }
}
