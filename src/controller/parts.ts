import type { Clock, Logger } from '../base/index.ts';
import type { ControllerOptions } from './options.ts';
import type { EventSource } from './event-source.ts';
import type { StartQueue } from './start-queue.ts';
import type { SessionTable } from './session-table.ts';
import type { StoreWriter } from './store/index.ts';
import type { UnwantedSessions } from './unwanted-sessions.ts';
import type { WorkerClient } from './worker-client.ts';
import type { WorkerRegistry } from './worker-registry.ts';

/** What the controller's operations work on. */
export interface ControllerParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: ControllerOptions;
  readonly registry: WorkerRegistry;
  readonly sessions: SessionTable;
  readonly unwanted: UnwantedSessions;
  /** Starts that wait for a slot. */
  readonly queue: StartQueue;
  readonly events: EventSource;
  readonly client: WorkerClient;
  readonly writer: StoreWriter;
  /** Where workers may be; anywhere without it. */
  readonly workerAllow: readonly string[] | undefined;
}
