import type { WorkerEntry } from '../protocol/index.ts';

/** What was under way when a controller was asked for its slots. */
export interface SlotSnapshot {
  readonly running: number;
  readonly started: number;
}

/**
 * The slots of one task: what its controller said last, and what this evaluation has taken and given back since. A reply that crossed
 * with starts and ends of ours is read so that others are credited only with sessions that cannot be ours.
 */
export class TaskSlots {
  readonly limit: number;
  #known = 0;
  #isUnsure = false;
  #running = 0;
  #started = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** How many sessions may start now. */
  get free(): number {
    return Math.max(0, Math.min(this.limit - this.#running, this.#known));
  }

  /** Only the workers' slots keep this evaluation from starting a session. */
  get isShort(): boolean {
    return this.#known <= 0 && this.#running < this.limit;
  }

  /** What is known is a guess: the controller must be asked, even where it tells of changes, since there may be none to tell of. */
  get isUnsure(): boolean {
    return this.#isUnsure;
  }

  start(): void {
    this.#known--;
    this.#running++;
    this.#started++;
  }

  /** A session that an evaluation before this one started goes on: its slot is taken already. */
  resume(): void {
    this.#running++;
    this.#started++;
  }

  /** A session that was to go on is no longer there, and holds no slot; others may have been credited with the one that it had. */
  miss(): void {
    this.#running--;
    this.#isUnsure = true;
  }

  /** The session is over, and its slot free. */
  end(): void {
    this.#known++;
    this.#running--;
  }

  /** The controller had no slot, whatever was known: there is none until it, or an end of a session of ours, says otherwise. */
  refuse(): void {
    this.#known = 0;
    this.#isUnsure = true;
    this.#running--;
  }

  snapshot(): SlotSnapshot {
    return { running: this.#running, started: this.#started };
  }

  /** Takes in what the controller says of the workers, that was asked for at the time of the snapshot. */
  learn(asked: SlotSnapshot, workers: readonly Pick<WorkerEntry, 'status' | 'capacity' | 'current'>[]): void {
    this.#isUnsure = false;
    const alive = workers.filter((worker) => worker.status === 0);
    const capacity = alive.reduce((sum, worker) => sum + worker.capacity, 0);
    const current = alive.reduce((sum, worker) => sum + Math.min(worker.current, worker.capacity), 0);
    const perhapsOurs = asked.running + this.#started - asked.started;
    const others = Math.max(0, current - perhapsOurs);
    this.#known = Math.max(0, capacity - others - this.#running);
  }
}
