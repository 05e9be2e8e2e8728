import { join } from 'node:path';
import { coerceError, ProctorError, type Clock } from '../base/index.ts';
import { lockFolder, type FolderLock } from './folder-lock.ts';
import { makeFolder, writeFileAtomically, type FileSystem } from './results/index.ts';

export interface OutputFolder {
  readonly fileSystem: FileSystem;
  readonly folder: string;
  readonly savedConfig: string;
  readonly clock: Clock;
}

/**
 * Makes the output folder, takes it for this process and writes its `config.yaml`.
 * Throws `file-unwritable`, `folder-locked` or `disk-full`, and then nothing is locked.
 */
export async function openOutput(output: OutputFolder): Promise<FolderLock> {
  const { fileSystem, folder, savedConfig, clock } = output;
  try {
    await makeFolder(fileSystem, folder);
  } catch (error) {
    const reason = coerceError(error).message;
    throw new ProctorError('file-unwritable', { file: folder, reason }, { cause: error });
  }
  const lock = await lockFolder(fileSystem, folder, clock.now());
  try {
    await writeFileAtomically(fileSystem, join(folder, 'config.yaml'), savedConfig);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return lock;
}
