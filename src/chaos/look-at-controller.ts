import { coerceError, sleep, type Clock } from '../base/index.ts';
import { callRoute, controllerRoutes, type Peer, type WorkerEntry } from '../protocol/index.ts';

export interface Look {
  readonly controller: Peer;
  readonly clock: Clock;
  /** How long it may take until all is as it should be. */
  readonly limitMs: number;
  readonly workerCount: number;
}

const pollMs = 200;
const requestMs = 5_000;

/** What keeps the system from playing, one sentence each: workers that are not listed as alive. */
export function waitForWorkers(look: Look): Promise<readonly string[]> {
  return waitUntilNone(look, async () => {
    const alive = (await listWorkers(look.controller)).filter(({ status }) => status === 0);
    return alive.length === look.workerCount
      ? []
      : [`${alive.length} of ${look.workerCount} workers are alive`];
  });
}

/** Which slots and sessions are still taken, one sentence each, after they were given time to settle. */
export function findTakenSlots(look: Look): Promise<readonly string[]> {
  return waitUntilNone(look, async () => {
    const workers = await listWorkers(look.controller);
    const sessions = await callRoute(look.controller, controllerRoutes.listSessions, {
      timeoutMs: requestMs,
    });
    const missing = workers.length === look.workerCount ? [] : [`${workers.length} workers are listed`];
    return [
      ...missing,
      ...workers
        .filter(({ current }) => current !== 0)
        .map(({ address, current }) => `the worker at ${address} has ${current} slots taken`),
      ...Object.keys(sessions).map((session) => `session ${session} is still listed`),
    ];
  });
}

/** The last problems that were found; none as soon as there are none. A controller that does not answer is one. */
async function waitUntilNone(
  { clock, limitMs }: Look,
  find: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const endMs = clock.now() + limitMs;
  for (;;) {
    const problems = await find().catch((error: unknown) => [
      `the controller does not answer: ${coerceError(error).message}`,
    ]);
    if (problems.length === 0 || clock.now() >= endMs) return problems;
    await sleep(clock, pollMs);
  }
}

async function listWorkers(controller: Peer): Promise<readonly WorkerEntry[]> {
  const tasks = await callRoute(controller, controllerRoutes.listWorkers, { timeoutMs: requestMs });
  return Object.values(tasks).flatMap(({ workers }) => Object.values(workers));
}
