import { WireError } from '../protocol/index.ts';
import type { ControllerParts } from './parts.ts';
import type { Reconciler } from './reconciler.ts';
import { checkWorkerAddress } from './worker-address.ts';
import { isRestart, type RegisteredWorker, type Registration } from './worker-registry.ts';

/** Takes workers in and lets them go. */
export class WorkerRegistration {
  readonly #parts: ControllerParts;
  readonly #reconciler: Reconciler;

  constructor(parts: ControllerParts, reconciler: Reconciler) {
    this.#parts = parts;
    this.#reconciler = reconciler;
  }

  /**
   * A worker says that it is there. A new one, or one that was given up, is asked for its sessions before it is given work,
   * so that sessions survive a restart of this controller; a known one is asked in the background.
   * Throws the wire's `worker-address-invalid` and `worker-not-allowed`, `indices-differ` and `worker-abnormal`.
   */
  async receiveHeartbeat(registration: Registration): Promise<void> {
    await this.#takeIn(registration);
    const worker = this.#parts.registry.find(registration.name, registration.address);
    if (worker) this.#parts.queue.noteNews(worker);
  }

  /** A worker stops: it is no longer listed, and its sessions have ended. */
  unregister(leaving: {
    readonly name: string;
    readonly address: string;
    readonly instance?: string | undefined;
  }): void {
    const worker = this.#parts.registry.find(leaving.name, leaving.address);
    if (!worker || (leaving.instance !== undefined && leaving.instance !== worker.instance)) return;
    // Its last replies are still on their way.
    this.#parts.sessions.endAllOf(worker, 'worker lost');
    this.#forget(worker, 'said goodbye');
    this.#parts.registry.removeEmptyTasks();
  }

  /** Drops workers that are dead, or silent for longer than `silenceMs`, with their sessions; then tasks without workers. */
  removeLost(silenceMs: number): void {
    const { registry } = this.#parts;
    for (const worker of [...registry.workers()]) {
      if (registry.silenceMs(worker) > silenceMs) this.#remove(worker, 'silent for too long');
    }
    registry.removeEmptyTasks();
  }

  /** What `clean_worker` does: dead workers go, and silent ones that play nothing. */
  cleanWorkers(): void {
    const { registry } = this.#parts;
    for (const worker of [...registry.workers()]) {
      const status = registry.status(worker);
      if (worker.unreachable || (status === 1 && worker.sessionIds.size === 0))
        this.#remove(worker, 'cleaned away');
    }
    registry.removeEmptyTasks();
  }

  async #takeIn(registration: Registration): Promise<void> {
    const { registry } = this.#parts;
    checkWorkerAddress(registration.address, this.#parts.workerAllow);
    if (registry.contradictsIndices(registration)) throw WireError.of('indices-differ');
    for (const displaced of registry.displacedBy(registration)) this.#remove(displaced, 'displaced');
    const known = registry.find(registration.name, registration.address);
    if (!known) return this.#add(registration);
    const wasAlive = registry.status(known) === 0;
    if (isRestart(known, registration)) this.#reconciler.giveUp(known, 'another process is in its place');
    registry.update(known, registration);
    if (wasAlive) return void this.#reconciler.reconcile(known);
    if ((await this.#reconciler.reconcile(known)) !== 'answered') throw WireError.of('worker-abnormal');
  }

  async #add(registration: Registration): Promise<void> {
    const { registry, log } = this.#parts;
    const worker = registry.add(registration);
    await this.#reconciler.reconcile(worker);
    worker.joining = false;
    registry.noteChange(worker);
    log.info(`worker ${worker.address} of ${worker.task} registered, capacity ${worker.capacity}`);
  }

  #remove(worker: RegisteredWorker, why: string): void {
    this.#reconciler.giveUp(worker, why);
    this.#forget(worker, why);
  }

  #forget(worker: RegisteredWorker, why: string): void {
    const { registry, log } = this.#parts;
    registry.remove(worker);
    log.info(`worker ${worker.address} of ${worker.task} removed: ${why}`);
  }
}
