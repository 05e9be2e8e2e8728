import { RawJson } from '../http/index.ts';
import { WireError, workerRoutes } from '../protocol/index.ts';
import type { ControllerParts } from './parts.ts';
import type { Reconciler } from './reconciler.ts';
import type { RegisteredWorker } from './worker-registry.ts';

/** Has the first living worker of a task compute its scores; one that turns out to be gone is passed over. */
export async function calculateOverall(
  parts: ControllerParts,
  reconciler: Reconciler,
  request: OverallRequest,
): Promise<RawJson> {
  const { registry } = parts;
  let refusal = WireError.of('no-worker-alive');
  for (const worker of registry.requireTask(request.name).workers.values()) {
    if (!registry.isAvailable(worker)) continue;
    const result = await askWorker(parts, worker, request.bodyText);
    if (result.ok) return new RawJson(result.text);
    if (result.failure.kind === 'refused') reconciler.markUnreachable(worker);
    else if (result.failure.kind !== 'given-up') throw result.failure.error;
    refusal = result.failure.error;
  }
  throw refusal;
}

interface OverallRequest {
  readonly name: string;
  readonly bodyText: string;
}

/** Scores change nothing, so a lost connection is tried once more: servers close theirs after an error of their own. */
async function askWorker({ client, options }: ControllerParts, worker: RegisteredWorker, bodyText: string) {
  const ask = () =>
    client.forward(worker, workerRoutes.calculateOverall, { bodyText, timeoutMs: options.stepTimeoutMs });
  const first = await ask();
  return !first.ok && first.failure.kind === 'lost' ? ask() : first;
}
