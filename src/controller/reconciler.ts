import { coerceError, ProctorError } from '../base/index.ts';
import { TransportError, workerRoutes, type SampleIndex } from '../protocol/index.ts';
import type { ControllerParts } from './parts.ts';
import { abortCalls, type RegisteredWorker } from './worker-registry.ts';

/** What came of asking a worker for its sessions: `refused` when nobody listens there. */
export type Report = 'answered' | 'silent' | 'refused';

interface ReportedSession {
  readonly id: number;
  readonly index: SampleIndex | null;
  /** It ended while the report was on its way. */
  readonly hasEnded: boolean;
}

/** Brings the session table in line with what workers say that they play. */
export class Reconciler {
  readonly #parts: ControllerParts;
  readonly #underWay = new Map<RegisteredWorker, Promise<Report>>();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
  }

  /**
   * Asks the worker for its sessions, adopts the unknown and ends the vanished ones; a worker that answers is reachable.
   * Where no answer came, nothing is changed. A second call joins the first.
   */
  reconcile(worker: RegisteredWorker): Promise<Report> {
    const running = this.#underWay.get(worker);
    if (running) return running;
    const started = this.#run(worker).finally(() => this.#underWay.delete(worker));
    this.#underWay.set(worker, started);
    return started;
  }

  /**
   * Finds out in its own time what a failed call has left behind. A worker whose address refuses is dead; one that only does not answer may
   * be busy or cut off for a moment, and lives until it is silent for too long.
   */
  async probe(worker: RegisteredWorker): Promise<void> {
    if ((await this.reconcile(worker)) === 'refused') this.markUnreachable(worker);
  }

  /** Nobody is there: its sessions have ended with it. Should it come back with some, its heartbeat brings them back. */
  markUnreachable(worker: RegisteredWorker): void {
    if (!worker.unreachable)
      this.#parts.log.warn(`worker ${worker.address} of ${worker.task} does not respond`);
    worker.unreachable = true;
    this.#parts.registry.noteChange(worker);
    this.giveUp(worker, 'it does not respond');
  }

  /** Ends a worker's sessions, then the calls to it that are under way. */
  giveUp(worker: RegisteredWorker, why: string): void {
    this.#parts.sessions.endAllOf(worker, 'worker lost');
    abortCalls(worker, `the worker was given up: ${why}`);
  }

  async #run(worker: RegisteredWorker): Promise<Report> {
    const { sessions, client, options, registry, log } = this.#parts;
    const settledBefore = new Map<number, number>();
    for (const id of worker.sessionIds) {
      const session = sessions.get(id);
      if (session && !session.activity) settledBefore.set(id, session.calls);
    }
    const endedMeanwhile = new Set<number>();
    const stopWatching = sessions.watchEnds((id) => endedMeanwhile.add(id));
    try {
      const reported = await client.ask(worker, workerRoutes.getSessions, {
        timeoutMs: options.syncTimeoutMs,
      });
      // Taken off the list meanwhile: its next heartbeat begins anew.
      if (registry.find(worker.task, worker.address) !== worker) return 'silent';
      for (const [key, index] of Object.entries(reported))
        this.#take(worker, { id: Number(key), index, hasEnded: endedMeanwhile.has(Number(key)) });
      for (const [id, calls] of settledBefore) if (!(String(id) in reported)) this.#endVanished(id, calls);
      worker.unreachable = false;
      this.#parts.registry.noteChange(worker);
      return 'answered';
    } catch (error) {
      const isTokenRefused = ProctorError.is(error) && error.code === 'token-refused';
      const told = `worker ${worker.address} does not say what it plays: ${coerceError(error).message}`;
      log[isTokenRefused ? 'warn' : 'debug'](told);
      return error instanceof TransportError && error.fault === 'refused' ? 'refused' : 'silent';
    } finally {
      stopWatching();
    }
  }

  #take(worker: RegisteredWorker, { id, index, hasEnded }: ReportedSession): void {
    const { sessions, log } = this.#parts;
    if (hasEnded || !Number.isSafeInteger(id)) return;
    const known = sessions.get(id);
    if (known?.worker === worker) known.owner ??= worker.owners[id];
    if (known) {
      if (known.worker !== worker)
        log.warn(`session ${id} is on ${known.worker.address}, but ${worker.address} reports it as well`);
      return;
    }
    const ended = sessions.ended.get(id);
    if (!ended) {
      sessions.adopt(id, index, worker);
      log.info(`session ${id} of ${worker.task} found on ${worker.address}`);
    } else if (ended.end.reason === 'worker lost' && !ended.end.told) {
      sessions.revive(ended, worker);
      log.info(`session ${id} of ${worker.task} is back with ${worker.address}`);
    } else {
      sessions.adoptZombie(ended, worker);
      log.warn(
        `session ${id} of ${worker.task} has ended (${ended.end.reason}), but ${worker.address} plays it`,
      );
    }
  }

  #endVanished(id: number, callsBefore: number): void {
    const { sessions, log } = this.#parts;
    const session = sessions.get(id);
    if (!session || session.activity || session.cancelling || session.calls !== callsBefore) return;
    log.warn(`session ${id} of ${session.task} is no longer on ${session.worker.address}`);
    sessions.end(session, 'worker lost');
  }
}
