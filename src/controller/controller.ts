import { coerceError, type Clock, type Logger } from '../base/index.ts';
import type { Handlers } from '../http/index.ts';
import type { controllerRoutes } from '../protocol/index.ts';
import { type Transport } from '../protocol/index.ts';
import { defaultControllerOptions, type ControllerOptions } from './options.ts';
import { calculateOverall } from './overall.ts';
import type { ControllerParts } from './parts.ts';
import { Reconciler } from './reconciler.ts';
import { WorkerRegistration } from './registration.ts';
import { Relay } from './relay.ts';
import { SessionTable } from './session-table.ts';
import { Sweeper } from './sweeper.ts';
import { viewSessions, viewWorkers } from './views.ts';
import { UnwantedSessions } from './unwanted-sessions.ts';
import { WorkerClient } from './worker-client.ts';
import { WorkerRegistry } from './worker-registry.ts';

export interface ControllerDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  /** Reaches the workers. */
  readonly transport: Transport;
  readonly options?: Partial<ControllerOptions>;
}

export interface Controller {
  /** Its operations, to be served by `createHttpServer(controllerRoutes, …)`. */
  readonly handlers: Handlers<typeof controllerRoutes>;
  /** Stops its timers. Sessions live on at their workers. */
  close(): void;
}

/** The task-controller: knows all workers, places sessions on them and relays turns. */
export function createController(dependencies: ControllerDependencies): Controller {
  const { clock, log, transport } = dependencies;
  const options = { ...defaultControllerOptions, ...dependencies.options };
  const registry = new WorkerRegistry(clock, options.silenceLimitMs);
  const parts: ControllerParts = {
    clock,
    log,
    options,
    registry,
    sessions: new SessionTable(clock),
    unwanted: new UnwantedSessions(clock, options.sessionTimeoutMs),
    client: new WorkerClient(transport),
  };
  const reconciler = new Reconciler(parts);
  const relay = new Relay(parts, reconciler);
  const registration = new WorkerRegistration(parts, reconciler);
  const sweeper = new Sweeper(parts, registration, relay);
  return {
    handlers: createHandlers(parts, { reconciler, relay, registration, sweeper }),
    close: () => sweeper.close(),
  };
}

interface Services {
  readonly reconciler: Reconciler;
  readonly relay: Relay;
  readonly registration: WorkerRegistration;
  readonly sweeper: Sweeper;
}

function createHandlers(parts: ControllerParts, services: Services): Handlers<typeof controllerRoutes> {
  const { registry, sessions, options } = parts;
  const { reconciler, relay, registration, sweeper } = services;
  return {
    listWorkers: () => viewWorkers(registry),
    listSessions: () => viewSessions(sessions.all()),
    getIndices: ({ query }) => registry.requireTask(query.name).indices,
    startSample: ({ body, isClientGone }) => relay.startSample(body, isClientGone),
    interact: ({ body, bodyText }) => relay.interact(body.session_id, bodyText),
    cancel: async ({ body }) => {
      await relay.cancel(body.session_id);
      return { session_id: body.session_id };
    },
    cancelOwned: ({ body }) => relay.cancelOwned(body.owner),
    cancelAll: () => cancelAll(parts, relay),
    receiveHeartbeat: ({ body }) => registration.receiveHeartbeat(body),
    unregisterWorker: ({ body }) => registration.unregister(body),
    calculateOverall: ({ body, bodyText }) =>
      calculateOverall(parts, reconciler, { name: body.name, bodyText }),
    cleanWorker: () => registration.cleanWorkers(),
    cleanSession: () => sweeper.cancelIdle(options.cleanSessionAfterMs),
    syncAll: async () => {
      await Promise.all([...registry.workers()].map((worker) => reconciler.probe(worker)));
    },
  };
}

/** Cancels every session, in the middle of a step as well, and waits until the workers have ended them. */
async function cancelAll({ sessions, log }: ControllerParts, relay: Relay): Promise<void> {
  await Promise.all(
    sessions.all().map((session) =>
      relay.cancelSession(session).catch((error: unknown) => {
        log.warn(`session ${session.id} could not be cancelled: ${coerceError(error).message}`);
      }),
    ),
  );
}
