import type Docker from 'dockerode';
import { sleep, withDeadline, type Clock } from '../../base/index.ts';
import { isPassing } from './engine-error.ts';

export interface EngineCall {
  /** What is asked for, as the error of a deadline names it. */
  readonly operation: string;
  /** Milliseconds that one try may take; the engine's limit without it. */
  readonly limitMs?: number | undefined;
  /** How often it is asked at most, while it fails or does not answer. Only what is safe to repeat has more than one. */
  readonly tries?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const firstPauseMs = 100;
/** For what may be asked twice. */
export const severalTries = 3;

export interface EngineSettings {
  readonly docker: Docker;
  readonly clock: Clock;
  /** Milliseconds that a request may take. */
  readonly callLimitMs: number;
}

/** An engine of containers that may be slow, or away for a moment. */
export class Engine {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly #callLimitMs: number;

  constructor({ docker, clock, callLimitMs }: EngineSettings) {
    this.docker = docker;
    this.clock = clock;
    this.#callLimitMs = callLimitMs;
  }

  /** Asks with a deadline. Rejects as the engine did, with `deadline-exceeded`, or with the signal's reason. */
  async call<T>(call: EngineCall, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { operation, limitMs = this.#callLimitMs, tries = 1, signal } = call;
    for (let attempt = 1; ; attempt++) {
      try {
        return await withDeadline({ clock: this.clock, limitMs, operation, signal }, ask);
      } catch (error) {
        if (signal?.aborted || attempt >= tries || !isPassing(error)) throw error;
        await sleep(this.clock, firstPauseMs * 2 ** (attempt - 1), signal);
      }
    }
  }
}
