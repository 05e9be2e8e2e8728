import { ProctorError } from '../base/index.ts';
import { logLevels, type LogLevel } from './pretty-log.ts';

const largestPort = 65_535;

/** A port, 0 to 65535. Throws `usage-invalid`, as the others here. */
export function parsePort(text: string, { flag, command }: OptionPlace): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= largestPort) return port;
  throw wrongOption({ flag, command }, text, `an integer from 0 to ${largestPort}`);
}

export function parseCount(text: string, place: OptionPlace): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count >= 1) return count;
  throw wrongOption(place, text, 'an integer of 1 or more');
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A duration above 0 such as `90s`, `10m`, `500ms` or `2h`, in milliseconds; a bare number means seconds. */
export function parseDuration(text: string, place: OptionPlace): number {
  const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const durationMs = Math.round(Number(number) * (unitMs[unit] ?? Number.NaN));
  if (number !== '' && Number.isSafeInteger(durationMs) && durationMs >= 1) return durationMs;
  throw wrongOption(place, text, 'a duration such as 90s, 10m, 500ms or 2h');
}

export function parseLogLevel(text: string, place: OptionPlace): LogLevel {
  const level = logLevels.find((known) => known === text);
  if (level) return level;
  throw wrongOption(place, text, `one of ${logLevels.join(', ')}`);
}

/** An address with its prefix, without a slash at its end. */
export function parseAddress(text: string, place: OptionPlace): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol === 'http:' || protocol === 'https:') return text.replace(/\/+$/, '');
  throw wrongOption(place, text, 'an address such as http://localhost:5000/api');
}

/** The words of `--start`: name and number in turns. A name that comes twice gets both numbers together. */
export function parseStartList(words: readonly string[], command: string): ReadonlyMap<string, number> {
  const start = new Map<string, number>();
  const wanted = 'NAME N [NAME N ...], each N an integer of 1 or more';
  if (words.length % 2 !== 0) {
    const problem = `--start has an odd number of words: ${words.join(' ')}`;
    throw new ProctorError('usage-invalid', { problem, wanted, command });
  }
  for (let position = 0; position < words.length; position += 2) {
    const [name = '', count = ''] = words.slice(position, position + 2);
    if (!/^[1-9]\d*$/.test(count)) {
      const problem = `--start says "${count}" where the number of workers of "${name}" is wanted`;
      throw new ProctorError('usage-invalid', { problem, wanted, command });
    }
    start.set(name, (start.get(name) ?? 0) + Number(count));
  }
  return start;
}

export type OptionPlace = { readonly flag: string; readonly command: string };

function wrongOption({ flag, command }: OptionPlace, text: string, wanted: string): ProctorError {
  return new ProctorError('usage-invalid', { problem: `${flag} is "${text}"`, wanted, command });
}
