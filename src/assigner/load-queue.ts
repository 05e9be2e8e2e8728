/**
 * The numbers below `loads.length`, the one with the least load first, and of two with the same the lower one. Made for thousands of
 * them in well under a millisecond, hence the arrays of plain numbers.
 */
export class LoadQueue {
  readonly #loads: Float64Array;
  /** A heap; only the first `#size` places count. */
  readonly #heap: Int32Array;
  #size: number;

  /** Keeps the loads, and changes them by `setFirst`. */
  constructor(loads: Float64Array) {
    this.#loads = loads;
    this.#size = loads.length;
    this.#heap = new Int32Array(loads.length);
    for (let number = 0; number < loads.length; number++) this.#heap[number] = number;
    for (let place = (this.#size >> 1) - 1; place >= 0; place--)
      this.#sink(place, this.#heap[place] as number);
  }

  get first(): number | undefined {
    return this.#size === 0 ? undefined : this.#heap[0];
  }

  /** Gives the first one another load, which is no less than before. */
  setFirst(load: number): void {
    const first = this.#heap[0] as number;
    this.#loads[first] = load;
    this.#sink(0, first);
  }

  removeFirst(): void {
    if (this.#size === 0) return;
    this.#size--;
    this.#sink(0, this.#heap[this.#size] as number);
  }

  /** Puts a number at a place, or below it, where those that come before it are above. */
  #sink(from: number, number: number): void {
    const heap = this.#heap;
    const loads = this.#loads;
    const size = this.#size;
    const load = loads[number] as number;
    let place = from;
    for (let child = 2 * place + 1; child < size; child = 2 * place + 1) {
      let below = heap[child] as number;
      let least = loads[below] as number;
      if (child + 1 < size) {
        const other = heap[child + 1] as number;
        const otherLoad = loads[other] as number;
        if (otherLoad < least || (otherLoad === least && other < below)) {
          child++;
          below = other;
          least = otherLoad;
        }
      }
      if (least > load || (least === load && below > number)) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = number;
  }
}
