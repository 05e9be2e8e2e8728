/** What each variant came to in each round: the values of one position belong to the same round. */
export type Measured<Variants> = {
  readonly [Name in keyof Variants]: Variants[Name] extends () => Promise<infer Value> ? Value[] : never;
};

/**
 * Measures variants in turns, so that what happens to the machine meanwhile happens to all of them. Each round begins with another
 * variant, so that none is always the first.
 */
export async function alternate<Variants extends Readonly<Record<string, () => Promise<unknown>>>>(
  rounds: number,
  variants: Variants,
): Promise<Measured<Variants>> {
  const names = Object.keys(variants);
  const values: Record<string, unknown[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let position = 0; position < names.length; position++) {
      const name = names[(round + position) % names.length] as string;
      const value = await variants[name]?.();
      values[name]?.push(value);
    }
  }
  return values as Measured<Variants>;
}

/** Measures one thing several times. */
export async function repeat<Value>(
  rounds: number,
  measure: () => Promise<Value>,
): Promise<readonly Value[]> {
  const { values } = await alternate(rounds, { values: measure });
  return values;
}
