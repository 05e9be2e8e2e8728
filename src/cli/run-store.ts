import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { coerceError, ProctorError } from '../base/index.ts';
import { takeLock } from '../lock/index.ts';

/** The memory of the controller that one `proctor run` starts: it outlives that controller, but not the run. */
export interface RunStore {
  readonly file: string;
  /** Removes it, and the output folder when nothing else came to be in there. To be called when the controller has ended. */
  remove(): Promise<void>;
}

const storeName = '.controller.sqlite';

/**
 * Makes the output folder and removes what a run that was killed left in it: its sessions ended with its workers.
 * Throws `folder-locked` when another evaluation is at work there, or `file-unwritable`.
 */
export async function openRunStore(folder: string, nowMs: number): Promise<RunStore> {
  const firstMade = await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    const reason = coerceError(error).message;
    throw new ProctorError('file-unwritable', { file: folder, reason }, { cause: error });
  });
  const lockFile = path.join(folder, '.lock');
  const refusal = (holder: string) =>
    new ProctorError('folder-locked', { file: lockFile, holder }, { where: lockFile });
  const lock = await takeLock(lockFile, { nowMs, refusal });
  try {
    await removeStore(folder);
  } finally {
    await lock.release();
  }
  return {
    file: path.join(folder, storeName),
    async remove() {
      await removeStore(folder);
      if (firstMade !== undefined) await removeEmpty(folder, firstMade);
    },
  };
}

/** Beside the store lie its log, its index and its locks. */
async function removeStore(folder: string): Promise<void> {
  const names = await readdir(folder);
  const own = names.filter((name) => name.startsWith(storeName));
  await Promise.all(own.map((name) => rm(path.join(folder, name), { recursive: true, force: true })));
}

/** Removes the folder and those above it that were made with it, as long as they are empty. */
async function removeEmpty(folder: string, firstMade: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch {
    // There are results in it.
    return;
  }
  if (path.resolve(folder) !== path.resolve(firstMade)) await removeEmpty(path.dirname(folder), firstMade);
}
