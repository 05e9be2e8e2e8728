import type { SampleIndex } from '../protocol/index.ts';

/** A task's samples in the order in which it lists them; all pairs of the task share it. */
export class SampleOrder {
  readonly indices: readonly SampleIndex[];
  /** Where each of them is in it, from 0. */
  readonly positions: ReadonlyMap<SampleIndex, number>;

  /** The indices are distinct. */
  constructor(indices: readonly SampleIndex[]) {
    this.indices = indices;
    this.positions = new Map(indices.map((index, position) => [index, position]));
  }
}
