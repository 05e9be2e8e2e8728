import path from 'node:path';
import { ProctorError } from '../base/index.ts';
import { MemoryStore, openSqliteStore, type ControllerStore } from '../controller/index.ts';
import type { Shell } from './shell.ts';

export interface StoreOptions {
  /** Path of the file. */
  readonly store?: string;
  readonly memory?: boolean;
}

interface StorePlace {
  readonly port: number;
  readonly command: string;
  readonly shell: Shell;
}

/**
 * Opens what the controller remembers by: the given file, nothing, or a file that is named after the port, since that tells one
 * controller of this folder from another. Throws `usage-invalid`, `store-locked` and `store-unusable`.
 */
export async function openControllerStore(
  { store, memory }: StoreOptions,
  { port, command, shell }: StorePlace,
): Promise<ControllerStore> {
  if (store !== undefined && memory) {
    const problem = '--store and --memory are given together';
    throw new ProctorError('usage-invalid', { problem, wanted: 'one of the two, or none', command });
  }
  if (memory || (store === undefined && port === 0)) return new MemoryStore();
  const file = store ?? path.join('.proctor', `controller-${port}.sqlite`);
  return openSqliteStore(path.resolve(shell.folder, file), shell.clock.now());
}
