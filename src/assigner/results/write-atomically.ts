import { dirname } from 'node:path';
import type { FileSystem } from './file-system.ts';
import { describeWriteError } from './write-error.ts';

/**
 * Replaces a file's content whole and synced: a reader, or a kill at any moment, finds the old one or the new one.
 * Throws `disk-full` or `results-unwritable`; the old content stands then.
 */
export async function writeFileAtomically(fileSystem: FileSystem, file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  try {
    const handle = await fileSystem.open(temporary, 'w');
    try {
      await handle.writeFile(text);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await fileSystem.rename(temporary, file);
    await syncFolder(fileSystem, dirname(file));
  } catch (error) {
    await fileSystem.rm(temporary, { force: true }).catch(() => undefined);
    throw describeWriteError(file, error);
  }
}

/** Makes a new name in a folder last through a crash of the machine. */
export async function syncFolder(fileSystem: FileSystem, folder: string): Promise<void> {
  const handle = await fileSystem.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
