import type { SampleIndex } from '../protocol/index.ts';
import { Heap } from './heap.ts';
import type { SampleOrder } from './sample-order.ts';
import type { FactorReader, TaskLengths } from './task-lengths.ts';

/** What is known of a sample: it does not wait, it waits and nobody has played it, it waits and is ranked by its length. */
const gone = 0;
const unseen = 1;
const ranked = 2;

/** So many ranks that count no more are no burden. */
const fewRanks = 1024;

/** A sample by its place in the task's order, and how much longer than usual it is expected to take. */
interface RankedSample {
  readonly position: number;
  readonly factor: number;
}

export interface UntriedSource {
  readonly order: SampleOrder;
  /** Samples that do not wait. */
  readonly done: ReadonlySet<SampleIndex>;
  readonly lengths: TaskLengths;
}

/**
 * The samples of a pair that nobody has tried for it yet: the one that is expected to take longest first. One that nobody has played is
 * taken to be as long as usual, and those that are as long come in the task's order. A take costs O(log n) on the average.
 */
export class UntriedSamples {
  readonly #order: SampleOrder;
  readonly #lengths: TaskLengths;
  /** By position; a byte each, since there may be millions. */
  readonly #states: Uint8Array;
  readonly #heap = new Heap(comesBefore);
  #size = 0;
  /** No unseen sample waits before it. */
  #nextUnseen = 0;
  readonly #factors: FactorReader;

  constructor({ order, done, lengths }: UntriedSource) {
    this.#order = order;
    this.#lengths = lengths;
    this.#factors = lengths.follow();
    this.#states = new Uint8Array(order.indices.length);
    order.indices.forEach((index, position) => {
      if (done.has(index)) return;
      this.#states[position] = unseen;
      this.#size++;
    });
  }

  get size(): number {
    return this.#size;
  }

  /** False when it does not wait. */
  remove(index: SampleIndex): boolean {
    const position = this.#order.positions.get(index);
    if (position === undefined || this.#states[position] === gone) return false;
    this.#remove(position);
    return true;
  }

  take(): SampleIndex | undefined {
    if (this.#size === 0) return undefined;
    this.#learn();
    const known = this.#findKnown();
    const next = this.#findUnseen();
    const position = known && (!next || comesBefore(known, next)) ? known.position : next?.position;
    if (position === undefined) return undefined;
    this.#remove(position);
    return this.#order.indices[position];
  }

  clear(): void {
    this.#states.fill(gone);
    this.#heap.clear();
    this.#factors.close();
    this.#size = 0;
  }

  #remove(position: number): void {
    this.#states[position] = gone;
    if (--this.#size === 0) this.clear();
  }

  /** Ranks those whose length has become known since the last time. An earlier rank of theirs stays in the heap, and counts no more. */
  #learn(): void {
    for (let known = this.#factors.next(); known; known = this.#factors.next()) {
      const { index, factor } = known;
      const position = this.#order.positions.get(index);
      if (position === undefined || this.#states[position] === gone) continue;
      this.#states[position] = ranked;
      this.#heap.add({ position, factor });
    }
    if (this.#heap.size > 2 * this.#size + fewRanks) this.#forgetOldRanks();
  }

  #forgetOldRanks(): void {
    this.#heap.clear();
    this.#states.forEach((state, position) => {
      if (state !== ranked) return;
      const factor = this.#lengths.factorOf(this.#order.indices[position] as SampleIndex) ?? 1;
      this.#heap.add({ position, factor });
    });
  }

  #findKnown(): RankedSample | undefined {
    for (let first = this.#heap.first; first; first = this.#heap.first) {
      const index = this.#order.indices[first.position] as SampleIndex;
      if (this.#states[first.position] !== gone && this.#lengths.factorOf(index) === first.factor)
        return first;
      this.#heap.removeFirst();
    }
    return undefined;
  }

  #findUnseen(): RankedSample | undefined {
    const states = this.#states;
    while (this.#nextUnseen < states.length && states[this.#nextUnseen] !== unseen) this.#nextUnseen++;
    return this.#nextUnseen < states.length ? { position: this.#nextUnseen, factor: 1 } : undefined;
  }
}

/** The longer comes first, and of two that are as long the one that the task lists first. */
function comesBefore(left: RankedSample, right: RankedSample): boolean {
  return left.factor === right.factor ? left.position < right.position : left.factor > right.factor;
}
