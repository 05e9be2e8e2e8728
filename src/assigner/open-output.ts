import { join } from 'node:path';
import { coerceError, ProctorError, type Clock } from '../base/index.ts';
import { takeLock, type Lock } from '../lock/index.ts';
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
export async function openOutput(output: OutputFolder): Promise<Lock> {
  const { fileSystem, folder, savedConfig, clock } = output;
  try {
    await makeFolder(fileSystem, folder);
  } catch (error) {
    const reason = coerceError(error).message;
    throw new ProctorError('file-unwritable', { file: folder, reason }, { cause: error });
  }
  const file = join(folder, '.lock');
  const lock = await takeLock(file, {
    nowMs: clock.now(),
    refusal: (holder) => new ProctorError('folder-locked', { file, holder }, { where: file }),
    fileSystem,
  });
  try {
    await writeFileAtomically(fileSystem, join(folder, 'config.yaml'), savedConfig);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return lock;
}
