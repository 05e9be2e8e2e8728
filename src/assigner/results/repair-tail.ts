import { isJsonObject, parseJson } from '../../base/index.ts';
import type { FileHandle, FileSystem } from './file-system.ts';
import { describeWriteError } from './write-error.ts';

/**
 * - `whole`: the file ends in a newline, is empty or is not there
 * - `completed`: the last line was a whole record and has got its newline
 * - `cut`: the last line was torn and has been taken away
 */
export type TailRepair = 'whole' | 'completed' | 'cut';

const chunkBytes = 64 * 1024;
const newline = 0x0a;

/** Makes a file of JSON lines end in a whole line, as it may not after a kill. Throws `disk-full` or `results-unwritable`. */
export async function repairTail(fileSystem: FileSystem, file: string): Promise<TailRepair> {
  let handle: FileHandle;
  try {
    handle = await fileSystem.open(file, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'whole';
    throw describeWriteError(file, error);
  }
  try {
    const { size } = await handle.stat();
    const tail = await readTail(handle, size);
    if (tail.length === 0) return 'whole';
    const isWhole = isRecord(tail.toString('utf8'));
    if (isWhole) await handle.write('\n', size);
    else await handle.truncate(size - tail.length);
    await handle.datasync();
    return isWhole ? 'completed' : 'cut';
  } catch (error) {
    throw describeWriteError(file, error);
  } finally {
    await handle.close();
  }
}

/** What stands after the last newline. */
async function readTail(handle: FileHandle, size: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - chunkBytes);
    const { buffer } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    const last = buffer.lastIndexOf(newline);
    pieces.unshift(buffer.subarray(last + 1));
    if (last !== -1) break;
    end = start;
  }
  return Buffer.concat(pieces);
}

function isRecord(text: string): boolean {
  try {
    return isJsonObject(parseJson(text));
  } catch {
    return false;
  }
}
