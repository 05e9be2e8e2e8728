import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { InnerProcess, OutputChunk } from '../backend.ts';

/** A child process whose output is read chunk by chunk; who reads slowly slows the process down. */
export function innerChild(child: ChildProcess): InnerProcess {
  const queue = new ChunkQueue();
  // Its errors say that the other side is gone, which its end tells as well.
  for (const stream of child.stdio) stream?.on('error', () => undefined);
  if (child.stdout) queue.add('stdout', child.stdout);
  if (child.stderr) queue.add('stderr', child.stderr);
  const exited = new Promise<number | undefined>((resolve) => {
    child.once('exit', (code) => resolve(code ?? undefined));
    child.once('error', () => resolve(undefined));
  });
  return {
    write: (bytes) => writeAll(child, bytes),
    closeInput: () => child.stdin?.end(),
    output: queue,
    exited,
    detach() {
      for (const stream of child.stdio) stream?.destroy();
      queue.close();
    },
  };
}

function writeAll({ stdin }: ChildProcess, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (!stdin || stdin.destroyed) return resolve();
    stdin.once('close', resolve);
    stdin.write(bytes, () => {
      stdin.off('close', resolve);
      resolve();
    });
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
