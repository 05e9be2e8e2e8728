import { ProctorError } from '../base/index.ts';
import type { SandboxBackend } from './backend.ts';

type Start<T> = () => Promise<T>;

/**
 * Starts something in a sandbox. What runs inside may have left no room for another process: then all of that is ended, and it is tried
 * once more. It is spared when the engine refuses only once, which may be its own trouble of a moment. A start that rejects with
 * `sandbox-wrecked` or `sandbox-start-refused` must have begun nothing.
 */
export function withRoom<T>(backend: SandboxBackend, start: Start<T>): Promise<T> {
  const isRefused = (error: ProctorError) => error.code === 'sandbox-start-refused';
  const isWrecked = (error: ProctorError) => error.code === 'sandbox-wrecked';
  const startTwice = () => tryAgain(start, isRefused, () => Promise.resolve());
  return tryAgain(
    startTwice,
    (error) => isRefused(error) || isWrecked(error),
    () => backend.restart(),
  );
}

async function tryAgain<T>(
  start: Start<T>,
  mayPass: (error: ProctorError) => boolean,
  prepare: () => Promise<void>,
): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!ProctorError.is(error) || !mayPass(error)) throw error;
  }
  await prepare();
  return await start();
}
