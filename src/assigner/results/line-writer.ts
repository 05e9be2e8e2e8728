import { dirname } from 'node:path';
import type { FileHandle, FileSystem } from './file-system.ts';
import { describeWriteError } from './write-error.ts';
import { syncFolder } from './write-atomically.ts';

/** So much room for lines is kept from one write to the next. */
const mostKeptBytes = 8 * 2 ** 20;
const newline = 0x0a;

interface QueuedLine {
  /** Without its newline. */
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/**
 * Appends whole lines to a file. Lines that come while others are being written are written and synced together. After a failed
 * write the file ends where it ended before, and nothing more is written.
 */
export class LineWriter {
  readonly #file: string;
  readonly #fileSystem: FileSystem;
  readonly #handle: FileHandle;
  readonly #sync: boolean;
  #size: number;
  #buffer = Buffer.alloc(0);
  #queue: QueuedLine[] = [];
  #flushing: Promise<void> | undefined;
  #failure: Error | undefined;

  private constructor(opened: {
    file: string;
    fileSystem: FileSystem;
    handle: FileHandle;
    size: number;
    sync: boolean;
  }) {
    this.#file = opened.file;
    this.#fileSystem = opened.fileSystem;
    this.#handle = opened.handle;
    this.#size = opened.size;
    this.#sync = opened.sync;
  }

  /** The file is made when it is not there; its last line must be whole. Throws `disk-full` or `results-unwritable`. */
  static async open(
    fileSystem: FileSystem,
    file: string,
    { sync }: { readonly sync: boolean },
  ): Promise<LineWriter> {
    try {
      const handle = await fileSystem.open(file, 'a');
      const { size } = await handle.stat();
      if (sync && size === 0) await syncFolder(fileSystem, dirname(file));
      return new LineWriter({ file, fileSystem, handle, size, sync });
    } catch (error) {
      throw describeWriteError(file, error);
    }
  }

  /** Resolves when the line is on disk (with `sync`: through a crash of the machine). Rejects with `disk-full` or `results-unwritable`. */
  append(line: string): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    const appended = new Promise<void>((resolve, reject) =>
      this.#queue.push({ text: line, resolve, reject }),
    );
    this.#flushing ??= this.#flush();
    return appended;
  }

  /** After the lines that are under way. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    // Lines of the same turn of the event loop go together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#write(this.#encode(batch));
        for (const line of batch) line.resolve();
      } catch (error) {
        this.#failure = describeWriteError(this.#file, error);
        await this.#cutBack();
        for (const line of [...batch, ...this.#queue]) line.reject(this.#failure);
        this.#queue = [];
      }
    }
    this.#flushing = undefined;
  }

  /** The lines' bytes, good until the next are encoded: one batch is written at a time. */
  #encode(batch: readonly QueuedLine[]): Buffer {
    let length = batch.length;
    for (const { text } of batch) length += Buffer.byteLength(text);
    const isKept = length <= mostKeptBytes;
    if (isKept && this.#buffer.length < length) this.#buffer = Buffer.allocUnsafeSlow(roundUp(length));
    const bytes = (isKept ? this.#buffer : Buffer.allocUnsafeSlow(length)).subarray(0, length);
    let filled = 0;
    for (const { text } of batch) {
      filled += bytes.write(text, filled);
      bytes[filled++] = newline;
    }
    return bytes;
  }

  /** One write in all but the rarest cases; after a short one the rest says by its own error what is wrong. */
  async #write(bytes: Buffer): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(bytes, offset, bytes.length - offset);
      offset += bytesWritten;
    }
    if (this.#sync) await this.#handle.datasync();
    this.#size += bytes.length;
  }

  /** Takes away what a failed write left. Where even that fails, the next start repairs the line. */
  async #cutBack(): Promise<void> {
    await this.#fileSystem.truncate(this.#file, this.#size).catch(() => undefined);
  }
}

/** So that room grows seldom. */
function roundUp(length: number): number {
  return 2 ** Math.ceil(Math.log2(length));
}
