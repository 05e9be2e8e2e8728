import type { ListWorkersReply, SessionEntry, WorkerEntry } from '../protocol/index.ts';
import type { OpenSession } from './session-table.ts';
import type { RegisteredWorker, WorkerRegistry } from './worker-registry.ts';

/** What `list_workers` shows, with the fields in the order that the reference sends them. */
export function viewWorkers(registry: WorkerRegistry): ListWorkersReply {
  const view: ListWorkersReply = {};
  for (const task of registry.tasks) {
    const listed = [...task.workers.values()].filter((worker) => !worker.joining);
    if (listed.length === 0 && task.workers.size > 0) continue;
    const workers = Object.fromEntries(
      listed.map((worker) => [String(worker.id), viewWorker(registry, worker)]),
    );
    view[task.name] = { indices: [...task.indices], workers };
  }
  return view;
}

function viewWorker(registry: WorkerRegistry, worker: RegisteredWorker): WorkerEntry {
  return {
    id: worker.id,
    address: worker.address,
    capacity: worker.capacity,
    current: worker.sessionIds.size,
    last_visit: worker.lastVisitMs / 1000,
    status: registry.status(worker),
    locked: false,
  };
}

/** What `list_sessions` shows; `locked` while a call on the session is under way. */
export function viewSessions(sessions: readonly OpenSession[]): Record<string, SessionEntry> {
  return Object.fromEntries(
    sessions.map((session) => [
      String(session.id),
      {
        name: session.task,
        index: session.index,
        start: session.startMs / 1000,
        last_update: session.lastUpdateMs / 1000,
        worker_id: session.worker.id,
        locked: session.activity !== undefined || session.cancelling !== undefined,
        ...(session.owner === undefined ? {} : { owner: session.owner }),
      },
    ]),
  );
}
