import { parseArgs } from 'node:util';

/** How the benchmark is to be run. */
export interface BenchSettings {
  /** How often each variant is measured; the medians are shown. */
  readonly rounds: number;
  /** Seconds in the place of minutes: to try a script out, not to publish. */
  readonly quick: boolean;
  /** What all random choices follow from. */
  readonly seed: number;
  /** Where scratch files go; the disk of this folder is what the results are written to. */
  readonly scratch: string;
  /** Where CPU profiles of the product's programs go; without it none are taken. */
  readonly profiles?: string | undefined;
  /** Every served request and every sync of a file takes so many microseconds longer: shows that a script sees a slow system. */
  readonly slowDownMicros: number;
  /** Told what is being done. */
  readonly log: (line: string) => void;
}

export interface CommandLine {
  /** The rows to be measured; empty for all. */
  readonly rows: readonly string[];
  readonly settings: Omit<BenchSettings, 'scratch' | 'log'>;
  /** Whether the figures go into the README's table: never those of a quick or slowed-down run. */
  readonly write: 'when-quiet' | 'always' | 'never';
}

/** Reads the words after `npm run bench --`. Throws for an option that there is none of. */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      profiles: { type: 'string' },
      'slow-down': { type: 'string', default: '0' },
      write: { type: 'boolean', default: false },
      'no-write': { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const slowDownMicros = readNumber('--slow-down', values['slow-down']);
  const isPublishable = !quick && slowDownMicros === 0 && values.profiles === undefined;
  const wanted = values.write ? 'always' : 'when-quiet';
  return {
    rows: positionals,
    settings: {
      rounds: Math.max(1, readNumber('--rounds', values.rounds ?? (quick ? '1' : '5'))),
      quick,
      seed: readNumber('--seed', values.seed),
      profiles: values.profiles,
      slowDownMicros,
    },
    write: isPublishable && !values['no-write'] ? wanted : 'never',
  };
}

function readNumber(option: string, text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new Error(`${option} is ${JSON.stringify(text)}; wanted: a number, 0 or more`);
}
