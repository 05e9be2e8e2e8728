import { coerceError } from '../base/index.ts';
import type { SampleIndex } from '../protocol/index.ts';
import type { ControllerParts } from './parts.ts';
import type { RegisteredWorker } from './worker-registry.ts';

/** Brings the session table in line with what workers say that they play. */
export class Reconciler {
  readonly #parts: ControllerParts;
  readonly #underWay = new Map<RegisteredWorker, Promise<boolean>>();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
  }

  /**
   * Asks the worker for its sessions, adopts the unknown and ends the vanished ones; a worker that answers is reachable.
   * Gives false when the worker did not answer; then nothing is changed. A second call joins the first.
   */
  reconcile(worker: RegisteredWorker): Promise<boolean> {
    const running = this.#underWay.get(worker);
    if (running) return running;
    const started = this.#run(worker).finally(() => this.#underWay.delete(worker));
    this.#underWay.set(worker, started);
    return started;
  }

  /** Finds out in its own time what a failed call has left behind; a worker that does not answer is dead. */
  async probe(worker: RegisteredWorker): Promise<void> {
    const answered = await this.reconcile(worker);
    if (!answered) this.markUnreachable(worker);
  }

  /** Nobody is there: its sessions have ended with it. Should it come back with some, its heartbeat brings them back. */
  markUnreachable(worker: RegisteredWorker): void {
    if (!worker.unreachable)
      this.#parts.log.warn(`worker ${worker.address} of ${worker.task} does not respond`);
    worker.unreachable = true;
    this.#parts.sessions.endAllOf(worker);
  }

  async #run(worker: RegisteredWorker): Promise<boolean> {
    const { sessions, client, options, log } = this.#parts;
    const settledBefore = [...worker.sessionIds].filter((id) => sessions.get(id)?.busy === false);
    const endedMeanwhile = new Set<number>();
    const stopWatching = sessions.watchEnds((id) => endedMeanwhile.add(id));
    try {
      const reported = await client.getSessions(worker, options.syncTimeoutMs);
      for (const [key, index] of Object.entries(reported))
        this.#adopt(worker, { id: Number(key), index, ended: endedMeanwhile.has(Number(key)) });
      for (const id of settledBefore) if (!(String(id) in reported)) this.#endVanished(worker, id);
      worker.unreachable = false;
      return true;
    } catch (error) {
      log.debug(`worker ${worker.address} does not say what it plays: ${coerceError(error).message}`);
      return false;
    } finally {
      stopWatching();
    }
  }

  #adopt(
    worker: RegisteredWorker,
    reported: { readonly id: number; readonly index: SampleIndex | null; readonly ended: boolean },
  ): void {
    const { sessions, log } = this.#parts;
    const { id, index, ended } = reported;
    if (ended || !Number.isSafeInteger(id)) return;
    const known = sessions.get(id);
    if (known?.worker === worker) known.owner ??= worker.owners[id];
    if (known) {
      if (known.worker !== worker)
        log.warn(`session ${id} is on ${known.worker.address}, but ${worker.address} reports it as well`);
      return;
    }
    sessions.adopt(id, index, worker).owner = worker.owners[id];
    log.info(`session ${id} of ${worker.task} found on ${worker.address}`);
  }

  #endVanished(worker: RegisteredWorker, id: number): void {
    const session = this.#parts.sessions.get(id);
    if (!session || session.busy || session.cancelling) return;
    this.#parts.log.warn(`session ${id} of ${worker.task} is no longer on ${worker.address}`);
    this.#parts.sessions.end(session);
  }
}
