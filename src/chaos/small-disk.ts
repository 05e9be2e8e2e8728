import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const chunk = Buffer.alloc(64 * 1024, 'x');

/** A file system of its own in an existing folder, that can be filled to the last byte. */
export interface SmallDisk {
  fill(): Promise<void>;
  free(): Promise<void>;
  /** Takes the file system away, with what is on it. */
  close(): Promise<void>;
}

/** Undefined where this user may not mount one. */
export async function openSmallDisk(folder: string, sizeMiB: number): Promise<SmallDisk | undefined> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', folder]);
  } catch {
    return undefined;
  }
  const filler = path.join(folder, '.filler');
  return {
    fill: () => writeUntilFull(filler),
    free: () => rm(filler, { force: true }),
    close: async () => void (await run('umount', [folder])),
  };
}

async function writeUntilFull(file: string): Promise<void> {
  const handle = await open(file, 'a');
  try {
    for (;;) await handle.write(chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await handle.close();
  }
}
