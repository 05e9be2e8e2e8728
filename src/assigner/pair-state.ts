import type { Json } from '../base/index.ts';
import type { Cause, SampleIndex, SampleStatus } from '../protocol/index.ts';
import type { Assignment } from './plan.ts';
import { countStatuses, type DoneSamples, type Overall, type UnscoredCounts } from './results/index.ts';
import { SampleOrder } from './sample-order.ts';
import { SampleQueue, type ResumedTicket, type Ticket } from './sample-queue.ts';
import { TaskLengths } from './task-lengths.ts';
import type { UntriedSource } from './untried-samples.ts';

/**
 * Where one agent on one task stands. All moves are synchronous: each sample is waiting, running, due later, completed (and so scored) or
 * failed.
 */
export class PairState {
  readonly agent: string;
  readonly task: string;
  readonly weight: number;
  readonly total: number;
  readonly indices: readonly SampleIndex[];
  readonly statuses: Map<SampleStatus, number>;
  readonly #queue: SampleQueue;
  #running = 0;
  #later = 0;
  #completed: number;
  readonly #failedBy = new Map<Cause, number>();
  readonly #poison: SampleIndex[] = [];
  #retries = 0;
  #overall: Overall | undefined;
  #overallFailure: Json | undefined;
  #isOverallStarted = false;

  private constructor(assignment: Assignment, total: number, start: PairStart) {
    this.agent = assignment.agent;
    this.task = assignment.task;
    this.weight = assignment.weight ?? 1;
    this.total = total;
    this.indices = start.samples.order.indices;
    this.statuses = new Map(start.statuses);
    this.#completed = start.completed;
    this.#queue = new SampleQueue(start.samples);
  }

  /** A pair whose samples are played, but for those that are done. */
  static begin(assignment: Assignment, { order, lengths }: TaskSamples, done: DoneSamples): PairState {
    return new PairState(assignment, order.indices.length, {
      completed: done.indices.size,
      statuses: done.statuses,
      samples: { order, lengths, done: done.indices },
    });
  }

  /** A pair that an evaluation before this one completed, with every sample scored. */
  static restore(assignment: Assignment, overall: Overall): PairState {
    const statuses = countStatuses(overall);
    const pair = new PairState(assignment, overall.total, {
      completed: overall.total,
      statuses,
      samples: { order: new SampleOrder([]), lengths: new TaskLengths(), done: new Set() },
    });
    pair.#isOverallStarted = true;
    pair.#overall = overall;
    return pair;
  }

  /** Those that wait for a slot. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** The sessions of an evaluation before this one that were not gone on with yet. */
  get resumed(): readonly ResumedTicket[] {
    return this.#queue.resumed;
  }

  get running(): number {
    return this.#running;
  }

  get completed(): number {
    return this.#completed;
  }

  get failed(): number {
    return [...this.#failedBy.values()].reduce((sum, count) => sum + count, 0);
  }

  get notPlayed(): number {
    return this.total - this.#completed - this.failed;
  }

  /** Samples that ended or failed. */
  get attempted(): number {
    return this.#completed + this.failed;
  }

  /** What has no outcome of the agent's own, by whose doing that is; what was not played counts as cancelled. */
  get unscored(): UnscoredCounts {
    const counts = new Map(this.#failedBy);
    if (this.notPlayed > 0) counts.set('cancelled', (counts.get('cancelled') ?? 0) + this.notPlayed);
    return Object.fromEntries(counts);
  }

  /** Samples that were set aside since workers died under them. */
  get poison(): readonly SampleIndex[] {
    return this.#poison;
  }

  /** Attempts that were made again. */
  get retries(): number {
    return this.#retries;
  }

  get overall(): Overall | undefined {
    return this.#overall;
  }

  get overallFailure(): Json | undefined {
    return this.#overallFailure;
  }

  /** Nothing waits, runs or is due later. */
  get isSettled(): boolean {
    return this.#queue.size + this.#queue.resumed.length + this.#running + this.#later === 0;
  }

  /** Lets a sample that waits go on with its session. False when it does not wait. */
  takeUp(ticket: ResumedTicket): boolean {
    return this.#queue.takeUp(ticket);
  }

  claimResumed(): ResumedTicket | undefined {
    const ticket = this.#queue.takeResumed();
    if (ticket) this.#running++;
    return ticket;
  }

  claim(): Ticket | undefined {
    const ticket = this.#queue.take();
    if (ticket) this.#running++;
    return ticket;
  }

  giveBack(ticket: Ticket): void {
    this.#running--;
    if (!this.#queue.giveBack(ticket)) this.#dismiss(ticket);
  }

  complete(status: SampleStatus): void {
    this.#running--;
    this.#completed++;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }

  fail(cause: Cause): void {
    this.#running--;
    this.#countFailure(cause);
  }

  /** The sample has failed, and is not tried again since that costs workers. */
  setAside(index: SampleIndex, cause: Cause): void {
    this.#poison.push(index);
    this.fail(cause);
  }

  /** The sample runs no more, and is to wait again later. */
  postpone(): void {
    this.#running--;
    this.#later++;
    this.#retries++;
  }

  resume(ticket: Ticket): void {
    this.#later--;
    if (!this.#queue.tryAgain(ticket)) this.#dismiss(ticket);
  }

  /** What waits now or later is not played. */
  abandon(): void {
    for (const ticket of this.#queue.empty()) this.#dismiss(ticket);
  }

  /** True once: when nothing is left to play and the overall result is to be made. Of what was never begun there is none. */
  claimOverall(): boolean {
    // Asked of every pair after every sample, hence first what costs least.
    if (this.#isOverallStarted || !this.isSettled) return false;
    if (this.attempted === 0 && this.total > 0) return false;
    this.#isOverallStarted = true;
    return true;
  }

  noteOverall(overall: Overall): void {
    this.#overall = overall;
  }

  noteOverallFailure(info: Json): void {
    this.#overallFailure = info;
  }

  /** A sample that is not tried again has failed if it was tried before, and else was not played. */
  #dismiss({ failedBy }: Ticket): void {
    if (failedBy) this.#countFailure(failedBy);
  }

  #countFailure(cause: Cause): void {
    this.#failedBy.set(cause, (this.#failedBy.get(cause) ?? 0) + 1);
  }
}

/** What the pairs of a task share. */
export interface TaskSamples {
  readonly order: SampleOrder;
  readonly lengths: TaskLengths;
}

interface PairStart {
  readonly completed: number;
  readonly statuses: ReadonlyMap<SampleStatus, number>;
  readonly samples: UntriedSource;
}
