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
