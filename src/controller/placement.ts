import type { RegisteredWorker } from './worker-registry.ts';

/** The worker with the most free slots, the first registered among equals; none when no slot is free. */
export function chooseWorker(candidates: Iterable<RegisteredWorker>): RegisteredWorker | undefined {
  let chosen: RegisteredWorker | undefined;
  for (const worker of candidates) {
    const free = freeSlots(worker);
    if (free >= 1 && (!chosen || free > freeSlots(chosen))) chosen = worker;
  }
  return chosen;
}

function freeSlots(worker: RegisteredWorker): number {
  return worker.capacity - worker.sessionIds.size;
}
