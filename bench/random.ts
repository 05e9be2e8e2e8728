/** Numbers in [0, 1), the same ones for the same seed. */
export type Random = () => number;

/** A small generator of good quality (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An integer from `least` to `most`, both included. */
export function pickInteger(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** At least 1, mostly little more and rarely a lot, never above `cap`: the smaller `tail`, the heavier. */
export function pickHeavyTailed(
  random: Random,
  { tail, cap }: { readonly tail: number; readonly cap: number },
): number {
  return Math.min(cap, (1 - random()) ** (-1 / tail));
}

/** A factor around 1; the logarithm's standard deviation is `spread`. */
export function pickFactor(random: Random, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(spread * normal);
}

/** Text of so many characters with quotes, line ends and backslashes in it, as histories have them. */
export function makeText(random: Random, length: number): string {
  const letters = 'etaoin shrdlu cmfwyp vbgkqj xz etaoin shr ETAOIN 0123456789 ,.;:()[]{}"\'\\\n';
  let text = '';
  while (text.length < length) text += letters[Math.floor(random() * letters.length)] ?? ' ';
  return text;
}
