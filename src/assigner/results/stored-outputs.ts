import type { FileHandle, FileSystem } from './file-system.ts';
import { rewriteOutput, type StoredOutput } from './run-line.ts';

const blockBytes = 1024 * 1024;

/**
 * The outputs at these places of a file, in the file's order, each as it is sent and only good until the next one is asked for. Holds no
 * more of them than a block of the file. Throws when the file has become shorter.
 */
export async function* readOutputs(
  fileSystem: FileSystem,
  file: string,
  outputs: Iterable<StoredOutput>,
): AsyncGenerator<Buffer> {
  const handle = await fileSystem.open(file, 'r');
  try {
    let block = Buffer.allocUnsafeSlow(blockBytes);
    let blockStart = 0;
    let blockEnd = 0;
    for (const { start, end, isAsSent } of outputs) {
      if (end > blockEnd) {
        if (end - start > block.length) block = Buffer.allocUnsafeSlow(end - start);
        blockStart = start;
        blockEnd = start + (await fill(handle, block, start));
        if (end > blockEnd) throw new Error(`${file} has become shorter while it was read`);
      }
      const bytes = block.subarray(start - blockStart, end - blockStart);
      yield isAsSent ? bytes : rewriteOutput(bytes);
    }
  } finally {
    await handle.close();
  }
}

/** Reads until the block is full or the file ends; gives how many bytes there were. */
async function fill(handle: FileHandle, block: Buffer, start: number): Promise<number> {
  for (let filled = 0; ;) {
    const { bytesRead } = await handle.read(block, filled, block.length - filled, start + filled);
    filled += bytesRead;
    if (bytesRead === 0 || filled === block.length) return filled;
  }
}
