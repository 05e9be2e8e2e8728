import { isUtf8 } from 'node:buffer';
import { parseJson, type Json } from '../../base/index.ts';
import { JsonScanner } from './json-scanner.ts';
import { readRunFields, type FinishedRun } from './run-line.ts';

/** Longer ones are those of no field that is looked for. */
const longestKey = 16;

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * What `parseRunLine` finds in a line, without building the rest of it; the output's bytes are those of the line. Undefined also where the
 * line is of an unusual form, which says nothing: the parser decides.
 */
export function scanRunLine(line: Buffer): FinishedRun | undefined {
  const run = new RunScan(line);
  return run.scan() && isUtf8(line) ? run.read() : undefined;
}

/** Of a field that comes twice the last one counts, as for the parser. */
class RunScan {
  readonly #line: Buffer;
  readonly #scanner: JsonScanner;
  #fields = new Map<string, Range>();
  #outputFields = new Map<string, Range>();
  #messages = 0;

  constructor(line: Buffer) {
    this.#line = line;
    this.#scanner = new JsonScanner(line);
  }

  /** False where the line is not JSON, or of an unusual form. */
  scan(): boolean {
    const scanner = this.#scanner;
    const isWhole = scanner.skipObject((keyStart, keyEnd) => {
      const key = this.#readKey(keyStart, keyEnd);
      if (key === undefined) return false;
      return this.#note(this.#fields, key, () =>
        key === 'output' ? this.#scanOutput() : scanner.skipValue(),
      );
    });
    return isWhole && scanner.skipEnd();
  }

  read(): FinishedRun | undefined {
    const output = this.#fields.get('output');
    if (!output || !this.#valueOf(this.#fields, 'time')) return undefined;
    const fields = readRunFields({
      index: this.#valueOf(this.#fields, 'index'),
      status: this.#valueOf(this.#outputFields, 'status'),
      cause: this.#valueOf(this.#fields, 'cause'),
      seconds: this.#valueOf(this.#fields, 'seconds'),
    });
    if (!fields) return undefined;
    const { start, end } = output;
    const stored = { start, end, length: end - start, isAsSent: true };
    return { ...fields, messages: this.#messages, output: stored };
  }

  #scanOutput(): boolean {
    const scanner = this.#scanner;
    this.#outputFields = new Map();
    this.#messages = 0;
    return scanner.skipObject((keyStart, keyEnd) => {
      const key = this.#readKey(keyStart, keyEnd);
      if (key === undefined) return false;
      return this.#note(this.#outputFields, key, () =>
        key === 'history' ? this.#scanHistory() : scanner.skipValue(),
      );
    });
  }

  #scanHistory(): boolean {
    const scanner = this.#scanner;
    this.#messages = 0;
    if (scanner.peek() === 'n') return scanner.skipValue();
    return scanner.skipList(() => {
      this.#messages++;
      return scanner.skipValue();
    });
  }

  #note(fields: Map<string, Range>, key: string, skip: () => boolean): boolean {
    this.#scanner.peek();
    const start = this.#scanner.position;
    if (!skip()) return false;
    fields.set(key, { start, end: this.#scanner.position });
    return true;
  }

  /** Empty for one that is nobody's; undefined for one with escapes, which could spell any. */
  #readKey(start: number, end: number): string | undefined {
    const key = this.#line.subarray(start, end);
    if (key.includes(0x5c)) return undefined;
    return key.length > longestKey ? '' : key.toString('latin1');
  }

  /** A list or an object is as good as true here: only whether it counts as one is asked. */
  #valueOf(fields: ReadonlyMap<string, Range>, key: string): Json | undefined {
    const range = fields.get(key);
    if (!range) return undefined;
    const { start, end } = range;
    const first = this.#line[start];
    if (first === 0x7b || first === 0x5b) return true;
    return parseJson(this.#line.toString('utf8', start, end));
  }
}
