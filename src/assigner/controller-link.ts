import { sleep, type Clock } from '../base/index.ts';
import {
  callRoute,
  controllerRoutes,
  TransportError,
  WireError,
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

export interface LinkCall extends RepeatRule {
  readonly timeoutMs: number;
  /** Ends the request that is under way. */
  readonly signal?: AbortSignal;
  /** Ends the pause before a repetition; the same as `signal` unless told. */
  readonly pauseSignal?: AbortSignal;
  /** Told the text of a reply before it is read, also of one that cannot be. */
  readonly onReply?: (text: string) => void;
  /** Told of each failure after which the request is sent again. */
  readonly onRepeat?: (error: unknown) => void;
}

export interface RepeatRule {
  /** The faults after which the same request may be sent again; none unless told. */
  readonly repeatOn?: readonly TransportFault[];
  /** The statuses after which it may; none unless told. */
  readonly repeatStatuses?: readonly number[];
  /** From the request's first failure; unless told, as long as the patience with the controller lasts. */
  readonly repeatLimitMs?: number;
}

/** What a controller can do beyond the reference's. */
export interface ControllerAbilities {
  /** It plays a numbered turn, or a start with a name, once however often it is sent. */
  readonly turns: boolean;
  /** A start may wait there for a slot. */
  readonly waits?: boolean;
  /** It tells what happens to its slots. */
  readonly events?: boolean;
  /** After so long without turn or renewal it ends a session. */
  readonly sessionTimeoutMs?: number;
  /** How long a step may take where its task says nothing else. */
  readonly stepTimeoutSeconds?: number;
}

/** Faults after which the other side certainly did nothing. */
export const neverReceived: readonly TransportFault[] = ['refused'];
/** Faults after which a request that changes nothing may be sent again. */
export const noReply: readonly TransportFault[] = ['refused', 'lost', 'timeout'];
/** Statuses of what passes: a worker that does not answer just now, a gateway whose other side is away. */
const passingStatuses: readonly number[] = [502, 503, 504];

/** One controller: all its requests go through here, and it knows since when it is out of reach. */
export class ControllerLink {
  readonly address: string;
  readonly #dependencies: LinkDependencies;
  #downSinceMs: number | undefined;
  #abilities: ControllerAbilities | undefined;
  #learning: Promise<ControllerAbilities> | undefined;

  constructor(address: string, dependencies: LinkDependencies) {
    this.address = address;
    this.#dependencies = dependencies;
  }

  /**
   * Calls an operation; where it may be repeated, with growing pauses. Throws what `callRoute` throws, and the pause signal's reason.
   */
  async call<R extends Route>(route: R, input: RouteInput<R>, call: LinkCall): Promise<RouteReply<R>> {
    const { clock, timings } = this.#dependencies;
    const { timeoutMs, signal } = call;
    const transport = this.#listen(call.onReply);
    const pauseSignal = call.pauseSignal ?? signal;
    let failedSinceMs: number | undefined;
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
        failedSinceMs ??= clock.now();
        const leftMs = this.#judge(error, call, failedSinceMs);
        if (leftMs <= 0) throw error;
        call.onRepeat?.(error);
        await sleep(clock, Math.min(pauseMs, leftMs), pauseSignal);
      }
    }
  }

  /**
   * What the controller can do, asked once. Throws `TransportError` or `WireError` while nothing is known, since it is out of reach, and the
   * signal's reason.
   */
  async learnAbilities(signal: AbortSignal): Promise<ControllerAbilities> {
    if (this.#abilities) return this.#abilities;
    this.#learning ??= this.#askVersion(signal).finally(() => (this.#learning = undefined));
    return (this.#abilities = await this.#learning);
  }

  /** How a turn or a start may be repeated there. */
  repeatRule({ turns }: ControllerAbilities): RepeatRule {
    if (!turns) return { repeatOn: neverReceived };
    const { repeatLimitMs } = this.#dependencies.timings;
    return { repeatOn: ['refused', 'lost'], repeatStatuses: passingStatuses, repeatLimitMs };
  }

  /** The patience with this controller is over, and it has not answered since. */
  get isLost(): boolean {
    const { clock, timings } = this.#dependencies;
    return this.#downSinceMs !== undefined && clock.now() - this.#downSinceMs >= timings.controllerPatienceMs;
  }

  async #askVersion(signal: AbortSignal): Promise<ControllerAbilities> {
    const timeoutMs = this.#dependencies.timings.lookupMs;
    const repeated = { repeatOn: noReply, repeatStatuses: passingStatuses };
    try {
      const version = await this.call(controllerRoutes.version, {}, { timeoutMs, signal, ...repeated });
      const {
        turns = false,
        waits = false,
        events = false,
        session_timeout_seconds: seconds,
        step_timeout_seconds: stepSeconds,
      } = version;
      return {
        turns,
        waits,
        events,
        ...(seconds !== undefined && { sessionTimeoutMs: seconds * 1000 }),
        ...(stepSeconds !== undefined && { stepTimeoutSeconds: stepSeconds }),
      };
    } catch (error) {
      if (error instanceof TransportError || isPassing(error) || signal.aborted) throw error;
      // It answers, but knows no such request: it is one of another program.
      return { turns: false };
    }
  }

  /** How long a request that failed may still be repeated, in ms; 0 when it may not. */
  #judge(error: unknown, call: LinkCall, failedSinceMs: number): number {
    const { clock, timings } = this.#dependencies;
    const { repeatOn = [], repeatStatuses = [], repeatLimitMs } = call;
    const ownMs = failedSinceMs + (repeatLimitMs ?? timings.controllerPatienceMs) - clock.now();
    if (!(error instanceof TransportError)) {
      this.#noteAnswer();
      return error instanceof WireError && repeatStatuses.includes(error.status) ? ownMs : 0;
    }
    if (error.fault === 'aborted' || !repeatOn.includes(error.fault)) return 0;
    const leftMs = this.#noteSilence(error.message);
    return repeatLimitMs === undefined ? leftMs : ownMs;
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

/** Whether an error reply says no more than that the other side is away just now. */
export function isPassing(error: unknown): boolean {
  return error instanceof WireError && passingStatuses.includes(error.status);
}
