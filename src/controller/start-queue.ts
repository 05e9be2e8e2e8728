import type { Clock, Timer } from '../base/index.ts';
import { WireError, type SampleIndex } from '../protocol/index.ts';
import { chooseWorker } from './placement.ts';
import type { SessionTable } from './session-table.ts';
import { isOwnedBy, type UnwantedSessions } from './unwanted-sessions.ts';
import type { RegisteredTask, RegisteredWorker, WorkerRegistry } from './worker-registry.ts';

/** A start that asks for a slot. */
export interface SlotWish {
  readonly name: string;
  readonly index: SampleIndex;
  readonly owner?: string | undefined;
  /** How long it may wait; not at all unless told. */
  readonly waitMs?: number | undefined;
  /** Nobody waits for the reply any more. */
  readonly isClientGone: () => boolean;
}

/** A start's place in the order. It stays the same when a worker refuses the sample, and so does the time limit. */
export interface SlotTicket {
  readonly wish: SlotWish;
  readonly order: number;
  /** The end of its waiting; undefined when it does not wait. */
  readonly endMs: number | undefined;
  /** The workers that did not take the sample; one that waits tries them again when there is news of them. */
  readonly passedOver: Set<RegisteredWorker>;
  /** What one that does not wait is told when no worker is left. */
  refusal: WireError;
}

interface Waiter {
  readonly ticket: SlotTicket;
  readonly give: (worker: RegisteredWorker) => void;
  readonly dismiss: (error: WireError) => void;
  readonly timer: Timer;
}

interface QueueDependencies {
  readonly clock: Clock;
  readonly registry: WorkerRegistry;
  readonly sessions: SessionTable;
  readonly unwanted: UnwantedSessions;
  /** So many wait for one task at most. */
  readonly longestQueue: number;
}

/**
 * Starts that wait for a slot, for each task in the order in which they came. Slots are given away before anything else can be asked
 * for one, so nobody overtakes.
 */
export class StartQueue {
  readonly #dependencies: QueueDependencies;
  readonly #lines = new Map<string, Waiter[]>();
  /** Workers that refused a sample although they seemed to have a slot, until there is news of them. */
  readonly #refusing = new WeakSet<RegisteredWorker>();
  /** Tasks with news that was not acted upon yet. */
  readonly #stirred = new Set<string>();
  #lastOrder = 0;
  #isClosed = false;

  constructor(dependencies: QueueDependencies) {
    this.#dependencies = dependencies;
    dependencies.sessions.watchEnds((_id, { worker }) => this.noteNews(worker));
  }

  /** Of one task. */
  lengthOf(name: string): number {
    return this.#lines.get(name)?.length ?? 0;
  }

  makeTicket(wish: SlotWish): SlotTicket {
    const { waitMs = 0 } = wish;
    const endMs = waitMs > 0 ? this.#dependencies.clock.now() + waitMs : undefined;
    return {
      wish,
      order: ++this.#lastOrder,
      endMs,
      passedOver: new Set(),
      refusal: WireError.of('no-slot-free'),
    };
  }

  /**
   * Calls `begin` with a worker that has a free slot, as soon as it is this one's turn, and gives what that gives. `begin` takes the slot
   * in the same step, and rejects where it cannot. Throws the wire's `no-slot-free` when there was none in time, and `controller-closing`.
   */
  async takeSlot<T>(ticket: SlotTicket, begin: (worker: RegisteredWorker) => Promise<T>): Promise<T> {
    const { clock, registry, longestQueue } = this.#dependencies;
    const { wish, endMs } = ticket;
    this.#serve(wish.name);
    if (this.lengthOf(wish.name) === 0) {
      const worker = this.#findWorker(registry.task(wish.name), ticket);
      if (worker) return begin(worker);
    }
    if (endMs === undefined) throw ticket.refusal;
    if (endMs <= clock.now()) throw WireError.of('no-slot-free');
    if (this.#isClosed) throw WireError.of('controller-closing');
    if (this.#isUnwanted(wish.owner)) throw WireError.of('session-unknown');
    if (this.lengthOf(wish.name) >= longestQueue) this.#dismissGone(wish.name);
    if (this.lengthOf(wish.name) >= longestQueue) throw WireError.of('no-slot-free');
    return new Promise<T>((resolve, reject) => {
      this.#insert({
        ticket,
        give: (worker) => resolve(begin(worker)),
        dismiss: reject,
        timer: clock.after(endMs - clock.now(), () => this.#dismiss(wish.name, ticket, 'no-slot-free')),
      });
    });
  }

  /** The worker did not take a sample though it seemed to have a slot: no other one that waits is sent there until there is news. */
  noteRefusal(worker: RegisteredWorker): void {
    this.#refusing.add(worker);
  }

  /** A slot of the worker may be free now: who waits for it gets it before the next request is read. */
  noteNews(worker: RegisteredWorker): void {
    this.#refusing.delete(worker);
    this.#stir(worker.task);
  }

  /** Looks at all that wait, for what nothing told of. */
  serveAll(): void {
    for (const name of this.#lines.keys()) this.#stir(name);
  }

  /** Starts of that owner do not wait any longer: they get the wire's `session-unknown`. */
  dismissOwned(owner: string): void {
    for (const [name, line] of this.#lines)
      for (const { ticket } of [...line])
        if (isOwnedBy(ticket.wish.owner, owner)) this.#dismiss(name, ticket, 'session-unknown');
  }

  /** Nobody waits from now on: who does gets the wire's `controller-closing`. */
  close(): void {
    this.#isClosed = true;
    for (const [name, line] of this.#lines)
      for (const { ticket } of [...line]) this.#dismiss(name, ticket, 'controller-closing');
  }

  /** NOTE: Not at once: in the middle of giving up a worker its slots look free. It happens at the end of that step. */
  #stir(name: string): void {
    if (!this.#lines.has(name) || this.#stirred.has(name)) return;
    this.#stirred.add(name);
    queueMicrotask(() => {
      if (this.#stirred.delete(name)) this.#serve(name);
    });
  }

  /** Gives away all slots of the task that there are. */
  #serve(name: string): void {
    this.#stirred.delete(name);
    const task = this.#dependencies.registry.task(name);
    for (let first = this.#first(name); first; first = this.#first(name)) {
      const { wish } = first.ticket;
      const isOutdated = task !== undefined && !task.indexSet.has(wish.index);
      const worker = this.#findWorker(task, first.ticket);
      // Only now: who lost its connection may ask again by its name before it is its turn.
      if (!worker) return;
      if (wish.isClientGone()) this.#dismiss(name, first.ticket, 'no-slot-free');
      else if (this.#isUnwanted(wish.owner)) this.#dismiss(name, first.ticket, 'session-unknown');
      else if (isOutdated) this.#dismiss(name, first.ticket, 'index-out-of-bounds');
      else {
        this.#remove(name, first.ticket);
        first.give(worker);
      }
    }
  }

  #first(name: string): Waiter | undefined {
    return this.#lines.get(name)?.[0];
  }

  #findWorker(task: RegisteredTask | undefined, ticket: SlotTicket): RegisteredWorker | undefined {
    return task && chooseWorker(this.#candidates(task, ticket));
  }

  *#candidates(task: RegisteredTask, { endMs, passedOver }: SlotTicket): Iterable<RegisteredWorker> {
    for (const worker of task.workers.values()) {
      const isRefusing = endMs === undefined ? passedOver.has(worker) : this.#refusing.has(worker);
      if (!isRefusing && this.#dependencies.registry.isAvailable(worker)) yield worker;
    }
  }

  #isUnwanted(owner: string | undefined): boolean {
    return owner !== undefined && this.#dependencies.unwanted.hasOwner(owner);
  }

  /** By the order of the tickets: who was refused by a worker comes before those who came later. */
  #insert(waiter: Waiter): void {
    const line = this.#lines.get(waiter.ticket.wish.name) ?? [];
    this.#lines.set(waiter.ticket.wish.name, line);
    const position = line.findLastIndex(({ ticket }) => ticket.order < waiter.ticket.order);
    line.splice(position + 1, 0, waiter);
  }

  #remove(name: string, ticket: SlotTicket): Waiter | undefined {
    const line = this.#lines.get(name) ?? [];
    const position = line.findIndex((waiter) => waiter.ticket === ticket);
    if (position === -1) return undefined;
    const [waiter] = line.splice(position, 1);
    if (line.length === 0) this.#lines.delete(name);
    waiter?.timer.cancel();
    return waiter;
  }

  #dismiss(name: string, ticket: SlotTicket, error: Parameters<typeof WireError.of>[0]): void {
    this.#remove(name, ticket)?.dismiss(WireError.of(error));
  }

  #dismissGone(name: string): void {
    for (const { ticket } of [...(this.#lines.get(name) ?? [])])
      if (ticket.wish.isClientGone()) this.#dismiss(name, ticket, 'no-slot-free');
  }
}
