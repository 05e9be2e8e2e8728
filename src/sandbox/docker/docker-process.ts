import type { Duplex } from 'node:stream';
import { type Clock, type Timer } from '../../base/index.ts';
import type { InnerProcess, OutputChunk } from '../backend.ts';
import { asSandboxFailure, startRefusal, statusOf } from './engine-error.ts';
import { readFrames } from './frames.ts';

export interface ProcessState {
  /** Whether it ever ran, as far as the engine can tell. */
  readonly wasStarted: boolean;
  readonly isRunning: boolean;
  readonly exitCode: number | undefined;
}

export interface ProcessParts {
  /** Its input, and its output in frames. */
  readonly stream: Duplex;
  readonly inspect: () => Promise<ProcessState>;
  readonly clock: Clock;
  /** Nothing is read of it or asked about it any more. */
  readonly onDetached: () => void;
}

/** The end of a process is its output's end nearly always, and the engine is asked at once; else another one holds the output. */
const firstLookMs = 250;
const lookAfterOutputMs = 10;
const mostLookMs = 5000;
const mostFailures = 5;
/** For what the processes of a container that was killed have printed before. */
const drainMs = 1000;

/** A process that was started by an exec of the engine. */
export class DockerProcess implements InnerProcess {
  readonly #parts: ProcessParts;
  readonly output: AsyncIterable<OutputChunk>;
  #exited: Promise<number | undefined> | undefined;
  #isDetached = false;
  /** Whether its container was killed, and it never ran or has ended: the engine may go on saying that it runs. */
  #isKilled = false;
  #lookMs = firstLookMs;
  #endPause: () => void = () => undefined;
  #drain: Timer | undefined;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
    this.output = this.#read();
    // Whoever reads or writes is told; nobody else needs to know that the connection broke.
    parts.stream.on('error', () => undefined);
  }

  get exited(): Promise<number | undefined> {
    this.#exited ??= this.#waitForExit();
    return this.#exited;
  }

  write(bytes: Uint8Array): Promise<void> {
    const { stream } = this.#parts;
    if (!stream.writable) return Promise.resolve();
    return new Promise((resolve) => stream.write(bytes, () => resolve()));
  }

  closeInput(): void {
    this.#parts.stream.end();
  }

  detach(): void {
    if (this.#isDetached) return;
    this.#isDetached = true;
    this.#drain?.cancel();
    this.#parts.stream.destroy();
    this.#endPause();
    this.#parts.onDetached();
  }

  /** Its container is killed: reads what it has printed, and lets go of it. */
  end(): void {
    this.#isKilled = true;
    this.#endPause();
    this.#drain ??= this.#parts.clock.after(drainMs, () => this.detach());
  }

  async *#read(): AsyncGenerator<OutputChunk, void> {
    let isFirst = true;
    try {
      for await (const chunk of readFrames(this.#parts.stream)) {
        if (isFirst) await this.#requireStarted(Buffer.from(chunk.bytes).toString());
        isFirst = false;
        yield chunk;
      }
    } catch (error) {
      if (!this.#isDetached && !this.#isKilled) throw asSandboxFailure(error);
    } finally {
      this.#lookMs = lookAfterOutputMs;
      this.#endPause();
      if (this.#isKilled) this.detach();
    }
  }

  /** The engine says in the process's own output why it could not start it: that must not be taken for words of the process. */
  async #requireStarted(text: string): Promise<void> {
    if (!looksLikeRefusal(text)) return;
    if (this.#isKilled || !(await this.#parts.inspect()).wasStarted) throw startRefusal(text.trim());
  }

  async #waitForExit(): Promise<number | undefined> {
    if (this.#parts.stream.readableEnded) this.#lookMs = lookAfterOutputMs;
    for (let failures = 0; failures < mostFailures;) {
      await this.#pause();
      if (this.#isDetached || this.#isKilled) return undefined;
      try {
        const { isRunning, exitCode } = await this.#parts.inspect();
        if (!isRunning) return exitCode;
        failures = 0;
      } catch (error) {
        // Nobody knows of it any more.
        if (statusOf(error) === 404) return undefined;
        failures++;
      }
    }
    return undefined;
  }

  #pause(): Promise<void> {
    const pauseMs = this.#lookMs;
    this.#lookMs = Math.min(2 * pauseMs, mostLookMs);
    if (this.#isDetached || this.#isKilled) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(pauseMs, resolve);
      this.#endPause = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

function looksLikeRefusal(text: string): boolean {
  return /^(OCI runtime |cannot exec )[^]*\r\n$/.test(text) || text.endsWith(': unknown\r\n');
}
