import type { FileHandle, FileSystem } from './file-system.ts';

const firstBytes = 256 * 1024;
const newline = 0x0a;

export interface FileLine {
  /** Without its newline. Only good until the next line is asked for. */
  readonly bytes: Buffer;
  /** Where the line begins in the file. */
  readonly offset: number;
}

/** Reads a file line by line, without holding more than a line; the last one counts also without its newline. A missing file has none. */
export async function* readLines(fileSystem: FileSystem, file: string): AsyncGenerator<FileLine> {
  let handle: FileHandle;
  try {
    handle = await fileSystem.open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    yield* splitLines(handle);
  } finally {
    await handle.close();
  }
}

/** All reads go to one buffer, which grows for a line that it cannot hold. */
async function* splitLines(handle: FileHandle): AsyncGenerator<FileLine> {
  let buffer = Buffer.allocUnsafeSlow(firstBytes);
  /** Where in the file the buffer begins. */
  let offset = 0;
  let kept = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, kept, buffer.length - kept, null);
    if (bytesRead === 0) break;
    const filled = buffer.subarray(0, kept + bytesRead);
    let start = 0;
    for (let end = filled.indexOf(newline, kept); end !== -1; end = filled.indexOf(newline, start)) {
      yield { bytes: filled.subarray(start, end), offset: offset + start };
      start = end + 1;
    }
    kept = filled.length - start;
    offset += start;
    const target = kept > buffer.length / 2 ? Buffer.allocUnsafeSlow(2 * buffer.length) : buffer;
    filled.copy(target, 0, start);
    buffer = target;
  }
  if (kept > 0) yield { bytes: buffer.subarray(0, kept), offset };
}
