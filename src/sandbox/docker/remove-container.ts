import { severalTries, type Engine } from './engine.ts';
import { statusOf } from './engine-error.ts';

/** One that is not there, or that is being removed, is no error. */
export async function removeContainer(engine: Engine, id: string): Promise<void> {
  const call = { operation: `the removal of sandbox ${id}`, tries: severalTries };
  try {
    await engine.call(call, (abortSignal) =>
      engine.docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
    );
  } catch (error) {
    const status = statusOf(error);
    if (status !== 404 && status !== 409) throw error;
  }
}
