import type { FileHandle, FileSystem } from './file-system.ts';

const chunkBytes = 256 * 1024;
const newline = 0x0a;

/** Reads a file line by line, without holding more than a line; the last one counts also without its newline. A missing file has none. */
export async function* readLines(fileSystem: FileSystem, file: string): AsyncGenerator<string> {
  let handle: FileHandle;
  try {
    handle = await fileSystem.open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    let pieces: Buffer[] = [];
    for (;;) {
      // A fresh buffer each time: pieces of the last one may still be kept.
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null);
      if (bytesRead === 0) break;
      let start = 0;
      for (
        let end = buffer.indexOf(newline);
        end !== -1 && end < bytesRead;
        end = buffer.indexOf(newline, start)
      ) {
        pieces.push(buffer.subarray(start, end));
        yield Buffer.concat(pieces).toString('utf8');
        pieces = [];
        start = end + 1;
      }
      pieces.push(buffer.subarray(start, bytesRead));
    }
    const last = Buffer.concat(pieces);
    if (last.length > 0) yield last.toString('utf8');
  } finally {
    await handle.close();
  }
}
