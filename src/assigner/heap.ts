/** Entries of which the first is at hand; adding one, and putting another in the place of the first, cost O(log n). */
export class Heap<Entry> {
  readonly #entries: Entry[] = [];
  readonly #comesBefore: (left: Entry, right: Entry) => boolean;

  /** The order is total: of two different entries one comes before the other. */
  constructor(comesBefore: (left: Entry, right: Entry) => boolean) {
    this.#comesBefore = comesBefore;
  }

  get size(): number {
    return this.#entries.length;
  }

  get first(): Entry | undefined {
    return this.#entries[0];
  }

  add(entry: Entry): void {
    const entries = this.#entries;
    let place = entries.push(entry) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = entries[parent] as Entry;
      if (!this.#comesBefore(entry, above)) break;
      entries[place] = above;
      place = parent;
    }
    entries[place] = entry;
  }

  removeFirst(): void {
    const last = this.#entries.pop();
    if (last !== undefined && this.#entries.length > 0) this.replaceFirst(last);
  }

  /** The entry may be the first one itself, after a change that puts it further back. */
  replaceFirst(entry: Entry): void {
    const entries = this.#entries;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= entries.length) break;
      if (
        child + 1 < entries.length &&
        this.#comesBefore(entries[child + 1] as Entry, entries[child] as Entry)
      )
        child++;
      const below = entries[child] as Entry;
      if (!this.#comesBefore(below, entry)) break;
      entries[place] = below;
      place = child;
    }
    entries[place] = entry;
  }

  clear(): void {
    this.#entries.length = 0;
  }
}
