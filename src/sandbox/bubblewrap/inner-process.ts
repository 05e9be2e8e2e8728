import type { Readable, Writable } from 'node:stream';
import type { InnerProcess, OutputChunk } from '../backend.ts';

export interface Streams {
  readonly input: Writable | null | undefined;
  readonly output: Readable | null | undefined;
  readonly errors: Readable | null | undefined;
}

/** A process whose output is read chunk by chunk; who reads slowly slows the process down. */
export function innerProcess(streams: Streams, exited: Promise<number | undefined>): InnerProcess {
  const { input, output, errors } = streams;
  const queue = new ChunkQueue();
  // Errors of the streams say that the other side is gone, which its end tells as well.
  for (const stream of [input, output, errors]) stream?.on('error', () => undefined);
  if (output) queue.add('stdout', output);
  if (errors) queue.add('stderr', errors);
  return {
    write: (bytes) => writeAll(input, bytes),
    closeInput: () => input?.end(),
    output: queue,
    exited,
    detach() {
      for (const stream of [input, output, errors]) stream?.destroy();
      queue.close();
    },
  };
}

function writeAll(input: Streams['input'], bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (!input || input.destroyed) return resolve();
    const done = () => {
      input.off('close', done);
      resolve();
    };
    input.once('close', done);
    input.write(bytes, done);
  });
}

/** So many chunks of a channel may wait; a pipe's chunk has at most 64 KiB. */
const mostWaiting = 16;

/** Joins the channels of a process to one sequence, in the order in which their chunks arrived. */
class ChunkQueue implements AsyncIterable<OutputChunk> {
  readonly #chunks: OutputChunk[] = [];
  readonly #streams: Readable[] = [];
  #open = 0;
  #isClosed = false;
  #wake: () => void = () => undefined;

  add(channel: OutputChunk['channel'], stream: Readable): void {
    this.#open++;
    this.#streams.push(stream);
    stream.on('data', (bytes: Buffer) => {
      this.#chunks.push({ channel, bytes });
      if (this.#chunks.length >= mostWaiting) for (const each of this.#streams) each.pause();
      this.#wake();
    });
    stream.once('close', () => {
      this.#open--;
      this.#wake();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OutputChunk> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        if (this.#chunks.length === 0) for (const stream of this.#streams) stream.resume();
        yield chunk;
      } else if (this.#isClosed || this.#open === 0) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
