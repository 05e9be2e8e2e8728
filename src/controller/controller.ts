import type { Clock, Logger } from '../base/index.ts';
import type { Handlers, Pages, StreamClient, Streams } from '../http/index.ts';
import {
  apiPrefix,
  eventsPath,
  WireError,
  type controllerRoutes,
  type Transport,
} from '../protocol/index.ts';
import { Cancels } from './cancels.ts';
import { EventSource } from './event-source.ts';
import { CallFailures } from './failures.ts';
import { SessionFinder } from './find-session.ts';
import { ControllerMetrics } from './metrics.ts';
import { defaultControllerOptions, type ControllerOptions } from './options.ts';
import { calculateOverall } from './overall.ts';
import type { ControllerParts } from './parts.ts';
import { Reconciler } from './reconciler.ts';
import { WorkerRegistration } from './registration.ts';
import { restoreState } from './restore.ts';
import { describeSession } from './session-status.ts';
import { StartQueue } from './start-queue.ts';
import { SessionTable } from './session-table.ts';
import { Starts } from './starts.ts';
import { Steps } from './steps.ts';
import { StoreWriter, type ControllerStore } from './store/index.ts';
import { Sweeper } from './sweeper.ts';
import { UnwantedSessions } from './unwanted-sessions.ts';
import { viewSessions, viewWorkers } from './views.ts';
import { WorkerClient } from './worker-client.ts';
import { WorkerRegistry } from './worker-registry.ts';

export interface ControllerDependencies {
  readonly clock: Clock;
  readonly log: Logger;
  /** Reaches the workers. */
  readonly transport: Transport;
  /** What it knew before, and where it writes what it must not forget. It stays the caller's to close, after the controller. */
  readonly store: ControllerStore;
  /** This program's version, for those who ask. */
  readonly version: string;
  readonly options?: Partial<ControllerOptions>;
  /** The only places where workers may be: `host` or `host:port`, where `*` stands for any text. */
  readonly workerAllow?: readonly string[] | undefined;
}

export interface Controller {
  /** Its operations, to be served by `createHttpServer(controllerRoutes, …)`. */
  readonly handlers: Handlers<typeof controllerRoutes>;
  /** What it shows outside the protocol: `/metrics`. */
  readonly pages: Pages;
  /** What happens, for those who follow it. */
  readonly streams: Streams;
  /** Refuses the starts that wait for a slot, and any that would, and ends the streams, so that nobody keeps its server from closing. */
  endWaits(): void;
  /** Stops its timers and its writing. Sessions live on at their workers and in the store. */
  close(): void;
}

/** The task-controller: knows all workers, places sessions on them and relays turns. Throws what the store throws that cannot be read. */
export function createController(dependencies: ControllerDependencies): Controller {
  const parts = createParts(dependencies);
  const reconciler = new Reconciler(parts);
  const cancels = new Cancels(parts, reconciler);
  const failures = new CallFailures(parts, { reconciler, cancels });
  const registration = new WorkerRegistration(parts, reconciler);
  const finder = new SessionFinder(parts);
  const services: Services = {
    reconciler,
    cancels,
    registration,
    finder,
    starts: new Starts(parts, { reconciler, cancels, failures }),
    steps: new Steps(parts, { finder, failures }),
    sweeper: new Sweeper(parts, registration, cancels),
    metrics: new ControllerMetrics(parts),
  };
  restoreState(parts, reconciler, dependencies.store.load());
  return {
    handlers: { ...createHandlers(parts, services), ...createFacts(parts, dependencies.version) },
    pages: { '/metrics': () => services.metrics.render() },
    streams: { [apiPrefix + eventsPath]: (client: StreamClient) => parts.events.serve(client) },
    endWaits: () => {
      parts.queue.close();
      parts.events.close();
    },
    close: () => {
      parts.queue.close();
      parts.events.close();
      services.metrics.close();
      services.sweeper.close();
      parts.writer.stop();
    },
  };
}

function createParts(dependencies: ControllerDependencies): ControllerParts {
  const { clock, log, transport, store, workerAllow } = dependencies;
  const options = { ...defaultControllerOptions, ...dependencies.options };
  const { silenceLimitMs, sessionTimeoutMs, keptCancels, longestQueue } = options;
  const writer = new StoreWriter(store, log);
  const registry = new WorkerRegistry({ clock, writer, silenceLimitMs });
  const sessions = new SessionTable({ clock, writer, options });
  const unwanted = new UnwantedSessions(clock, { keepForMs: sessionTimeoutMs, most: keptCancels });
  return {
    clock,
    log,
    options,
    registry,
    sessions,
    unwanted,
    events: new EventSource({ clock, registry, sessions, keptEvents: options.keptEvents }),
    queue: new StartQueue({ clock, registry, sessions, unwanted, longestQueue }),
    client: new WorkerClient(transport),
    writer,
    workerAllow,
  };
}

interface Services {
  readonly reconciler: Reconciler;
  readonly cancels: Cancels;
  readonly registration: WorkerRegistration;
  readonly finder: SessionFinder;
  readonly starts: Starts;
  readonly steps: Steps;
  readonly sweeper: Sweeper;
  readonly metrics: ControllerMetrics;
}

function createHandlers(
  parts: ControllerParts,
  services: Services,
): Omit<Handlers<typeof controllerRoutes>, 'version' | 'health'> {
  const { registry, sessions, options } = parts;
  const { reconciler, cancels, registration, finder, starts, steps, sweeper, metrics } = services;
  return {
    listWorkers: () => viewWorkers(registry),
    listSessions: () => viewSessions(sessions.all()),
    getIndices: ({ query }) => registry.requireTask(query.name).indices,
    startSample: ({ body, isClientGone }) => {
      const { name, index, owner, start_id: startId, wait: waitMs } = body;
      const request = { name, index, owner, startId, waitMs, isClientGone };
      return metrics.countStart(name, starts.startSample(request));
    },
    interact: ({ body, bodyText }) => {
      const reply = steps.interact({
        sessionId: body.session_id,
        turn: body.turn,
        since: body.since,
        bodyText,
      });
      return metrics.timeTurn(sessions.get(body.session_id)?.task, reply);
    },
    cancel: async ({ body }) => {
      await cancels.cancel(body.session_id);
      return { session_id: body.session_id };
    },
    sessionStatus: ({ query }) => describeSession(parts, finder, query.session_id),
    renew: ({ body }) => renewSession(parts, finder, body.session_id),
    cancelOwned: ({ body }) => cancels.cancelOwned(body.owner),
    cancelAll: () => cancels.cancelAll(),
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

/** What the controller says of itself. */
function createFacts(
  parts: ControllerParts,
  version: string,
): Pick<Handlers<typeof controllerRoutes>, 'version' | 'health'> {
  const { registry, sessions, options, clock, writer } = parts;
  const startedMs = clock.now();
  return {
    version: () => ({
      name: 'proctor',
      version,
      turns: true,
      waits: true,
      events: true,
      session_timeout_seconds: options.sessionTimeoutMs / 1000,
      step_timeout_seconds: options.stepTimeoutMs / 1000,
    }),
    health: () => ({
      status: writer.isFailing ? 'store unwritable' : 'ok',
      uptime_seconds: (clock.now() - startedMs) / 1000,
      workers: [...registry.workers()].filter((worker) => registry.isAvailable(worker)).length,
      sessions: sessions.all().length,
    }),
  };
}

/** The session's client is still there, and its agent thinks. */
async function renewSession({ clock, options }: ControllerParts, finder: SessionFinder, sessionId: number) {
  const { open } = await finder.find(sessionId);
  if (!open) throw WireError.of('session-unknown');
  open.lastUpdateMs = clock.now();
  return { session_id: sessionId, expires_in_seconds: options.sessionTimeoutMs / 1000 };
}
