import { ProctorError } from '../base/index.ts';
import type { SandboxBackend } from './backend.ts';

/**
 * Starts something in a sandbox. What runs inside may have left no room for another process: then all of that is ended, and it is tried
 * once more.
 */
export async function withRoom<T>(backend: SandboxBackend, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  await backend.restart();
  return await start();
}

function isRefusal(error: unknown): boolean {
  return (
    ProctorError.is(error) && (error.code === 'sandbox-wrecked' || error.code === 'sandbox-start-refused')
  );
}
