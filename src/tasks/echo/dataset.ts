/** The samples' names: 0 to `samples` - 1. */
export function listIndices(samples: number): readonly number[] {
  return Array.from({ length: samples }, (_, index) => index);
}
