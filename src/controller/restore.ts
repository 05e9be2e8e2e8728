import type { EndedSession } from './ended-sessions.ts';
import type { ControllerParts } from './parts.ts';
import type { Reconciler } from './reconciler.ts';
import type { StoreContents, StoredSession } from './store/index.ts';
import { admitsWorker } from './worker-address.ts';

/**
 * Takes in what the store kept, so that its sessions and workers are there at once, and has each worker asked in its own time whether
 * it is.
 */
export function restoreState(parts: ControllerParts, reconciler: Reconciler, contents: StoreContents): void {
  const { registry, sessions, log } = parts;
  for (const task of contents.tasks) registry.restoreTask(task);
  for (const worker of contents.workers)
    if (admitsWorker(worker.address, parts.workerAllow)) registry.restoreWorker(worker);
  const ended = contents.sessions.filter((session) => isEnded(session));
  for (const session of ended.sort((left, right) => left.end.atMs - right.end.atMs))
    sessions.restoreEnded(session);
  for (const session of contents.sessions) if (!session.end) restoreOpen(parts, session);
  registry.removeEmptyTasks();
  const workers = [...registry.workers()];
  if (workers.length > 0)
    log.info(`took up ${workers.length} workers and ${sessions.all().length} sessions from the store`);
  for (const worker of workers) void reconciler.probe(worker);
}

function restoreOpen({ registry, sessions }: ControllerParts, session: StoredSession): void {
  const worker = registry.find(session.task, session.worker);
  if (worker) sessions.restore(session, worker);
  else sessions.restoreLost(session);
}

function isEnded(session: StoredSession): session is EndedSession {
  return session.end !== undefined;
}
