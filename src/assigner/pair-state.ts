import type { Json } from '../base/index.ts';
import type { SampleIndex, SampleStatus } from '../protocol/index.ts';
import type { Assignment } from './plan.ts';
import { countStatuses, type DoneSamples, type Overall } from './results/index.ts';
import { SampleQueue, type Ticket } from './sample-queue.ts';

/** Where one agent on one task stands. All moves are synchronous: each sample is waiting, running, due later, completed or failed. */
export class PairState {
  readonly agent: string;
  readonly task: string;
  readonly total: number;
  readonly indices: readonly SampleIndex[];
  readonly statuses: Map<SampleStatus, number>;
  readonly #queue: SampleQueue;
  #running = 0;
  #later = 0;
  #completed: number;
  #failed = 0;
  #custom: Json | undefined;
  #overallFailure: Json | undefined;
  #isOverallStarted = false;

  private constructor(assignment: Assignment, total: number, start: PairStart) {
    this.agent = assignment.agent;
    this.task = assignment.task;
    this.total = total;
    this.indices = start.indices;
    this.statuses = new Map(start.statuses);
    this.#completed = start.completed;
    this.#queue = new SampleQueue(start.waiting);
  }

  /** A pair whose samples are played, but for those that are done. */
  static begin(assignment: Assignment, indices: readonly SampleIndex[], done: DoneSamples): PairState {
    return new PairState(assignment, indices.length, {
      indices,
      completed: done.indices.size,
      statuses: done.statuses,
      waiting: indices.filter((index) => !done.indices.has(index)),
    });
  }

  /** A pair that an evaluation before this one completed. */
  static restore(assignment: Assignment, overall: Overall): PairState {
    const statuses = countStatuses(overall);
    const pair = new PairState(assignment, overall.total, {
      indices: [],
      completed: overall.total,
      statuses,
      waiting: [],
    });
    pair.#isOverallStarted = true;
    pair.#custom = overall.custom;
    return pair;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  get running(): number {
    return this.#running;
  }

  get completed(): number {
    return this.#completed;
  }

  get failed(): number {
    return this.#failed;
  }

  get notPlayed(): number {
    return this.total - this.#completed - this.#failed;
  }

  get custom(): Json | undefined {
    return this.#custom;
  }

  get overallFailure(): Json | undefined {
    return this.#overallFailure;
  }

  /** Nothing waits, runs or is due later. */
  get isSettled(): boolean {
    return this.#queue.size === 0 && this.#running === 0 && this.#later === 0;
  }

  claim(): Ticket | undefined {
    const ticket = this.#queue.take();
    if (ticket) this.#running++;
    return ticket;
  }

  giveBack(ticket: Ticket): void {
    this.#running--;
    this.#queue.giveBack(ticket);
  }

  complete(status: SampleStatus): void {
    this.#running--;
    this.#completed++;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }

  fail(): void {
    this.#running--;
    this.#failed++;
  }

  /** The sample runs no more, and is to wait again later. */
  postpone(): void {
    this.#running--;
    this.#later++;
  }

  resume(ticket: Ticket): void {
    this.#later--;
    this.#queue.tryAgain(ticket);
  }

  /** What waits now or later is not played. */
  abandon(): void {
    this.#queue.empty();
  }

  /** True once: when every sample is done and the overall result is to be made. */
  claimOverall(): boolean {
    if (this.#isOverallStarted || !this.isSettled || this.#completed < this.total) return false;
    this.#isOverallStarted = true;
    return true;
  }

  noteOverall(custom: Json): void {
    this.#custom = custom;
  }

  noteOverallFailure(info: Json): void {
    this.#overallFailure = info;
  }
}

interface PairStart {
  readonly indices: readonly SampleIndex[];
  readonly completed: number;
  readonly statuses: ReadonlyMap<SampleStatus, number>;
  readonly waiting: readonly SampleIndex[];
}
