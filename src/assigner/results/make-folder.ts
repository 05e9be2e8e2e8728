import { dirname } from 'node:path';
import type { FileSystem } from './file-system.ts';

/**
 * Makes a folder and those above it, one by one: Node's own recursive way never ends where a system denies that there is a folder which
 * is there, as below /proc. Rejects with the system's error.
 */
export async function makeFolder(fileSystem: FileSystem, folder: string): Promise<void> {
  if (await isFolder(fileSystem, folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(fileSystem, parent);
  try {
    await fileSystem.mkdir(folder);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isFolder(fileSystem, folder)))
      throw error;
  }
}

async function isFolder(fileSystem: FileSystem, folder: string): Promise<boolean> {
  try {
    return (await fileSystem.stat(folder)).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}
