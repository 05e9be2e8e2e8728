import { ProctorError, sleep } from '../../base/index.ts';
import { containerOptions, type ContainerRequest } from './container-options.ts';
import type { Engine } from './engine.ts';
import { asSandboxFailure, isPassing, reasonOf, statusOf } from './engine-error.ts';
import { removeContainer } from './remove-container.ts';

const mostTries = 3;
const firstPauseMs = 200;

/**
 * Makes a container and starts it, again when the engine fails. Nothing is left of one that did not start. Rejects with
 * `sandbox-image-failed` when there is no such image, with `sandbox-failed`, or with the signal's reason.
 */
export async function bootContainer(engine: Engine, request: ContainerRequest): Promise<void> {
  const { id, image, options } = request;
  for (let attempt = 1; ; attempt++) {
    try {
      return await boot(engine, request);
    } catch (error) {
      // It may be there even if the reply was lost. When this fails too, the driver's end removes it.
      await removeContainer(engine, id).catch(() => undefined);
      options.signal?.throwIfAborted();
      if (statusOf(error) === 404)
        throw new ProctorError('sandbox-image-failed', { image, reason: reasonOf(error) }, { cause: error });
      if (attempt >= mostTries || !isPassing(error)) throw asSandboxFailure(error);
      await sleep(engine.clock, firstPauseMs * attempt, options.signal);
    }
  }
}

async function boot(engine: Engine, request: ContainerRequest): Promise<void> {
  const { signal } = request.options;
  // Short, and not broken off by the caller: the engine would make it all the same, and later than it can be removed.
  const creation = { operation: `the creation of sandbox ${request.id}` };
  const container = await engine.call(creation, (abortSignal) =>
    engine.docker.createContainer({ ...containerOptions(request), abortSignal }),
  );
  await engine.call({ operation: `the start of sandbox ${request.id}`, signal }, (abortSignal) =>
    container.start({ abortSignal }),
  );
}
