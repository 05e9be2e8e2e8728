import { sleep, type Clock, type Logger } from '../../base/index.ts';

/** What is watched of a sandbox. */
export interface Watched {
  readonly id: string;
  writtenBytes(): Promise<number>;
  /** Ends its processes; files are kept, so that what was too much can be removed. */
  restart(): Promise<void>;
  expel(reason: string): Promise<void>;
}

export interface DiskWatchSettings {
  readonly clock: Clock;
  readonly log: Logger;
  /** Milliseconds between two rounds. */
  readonly periodMs: number;
}

interface Allowance {
  /** Bytes that may be written. */
  readonly limit: number;
  /** The size when its processes were last ended for it; only if it grows further are they ended again. */
  readonly toldBytes: number;
}

/** A sandbox that wrote so many times its limit is removed, since the host's disk is at stake. */
const mostTimes = 4;

/**
 * Few engines can hold a limit of what is written, so this looks: processes of a sandbox that has grown beyond its limit are ended.
 * One sandbox is looked at after the other, so that an engine with many is not kept busy by it.
 */
export class DiskWatch {
  readonly #settings: DiskWatchSettings;
  /** With the bytes that it may have written before its processes are ended. */
  readonly #watched = new Map<Watched, Allowance>();
  #stop: AbortController | undefined;

  constructor(settings: DiskWatchSettings) {
    this.#settings = settings;
  }

  /** @param limit Bytes that may be written. */
  add(sandbox: Watched, limit: number): void {
    this.#watched.set(sandbox, { limit, toldBytes: 0 });
    if (this.#stop) return;
    this.#stop = new AbortController();
    void this.#look(this.#stop.signal);
  }

  remove(sandbox: Watched): void {
    this.#watched.delete(sandbox);
    if (this.#watched.size > 0) return;
    this.#stop?.abort();
    this.#stop = undefined;
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { clock, log, periodMs } = this.#settings;
    while (!signal.aborted) {
      // Rejects when it is stopped, and the loop ends.
      await sleep(clock, periodMs, signal).catch(() => undefined);
      for (const sandbox of [...this.#watched.keys()]) {
        if (signal.aborted || !this.#watched.has(sandbox)) continue;
        await this.#check(sandbox).catch((error: unknown) =>
          log.debug('could not look at what a sandbox has written', { sandbox: sandbox.id, error }),
        );
      }
    }
  }

  async #check(sandbox: Watched): Promise<void> {
    const bytes = await sandbox.writtenBytes();
    const allowance = this.#watched.get(sandbox);
    if (!allowance || bytes <= Math.max(allowance.limit, allowance.toldBytes)) return;
    const { log } = this.#settings;
    const { limit } = allowance;
    const fields = { sandbox: sandbox.id, bytes, limit };
    this.#watched.set(sandbox, { limit, toldBytes: bytes });
    if (bytes > mostTimes * limit) {
      log.warn('a sandbox wrote far more than its disk limit and is removed', fields);
      return await sandbox.expel(`it wrote ${bytes} bytes, and its disk limit is ${limit}`);
    }
    log.warn('a sandbox wrote more than its disk limit: its processes are ended', fields);
    await sandbox.restart();
  }
}
