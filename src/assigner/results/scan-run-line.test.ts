import { describe, expect, it } from 'vitest';
import { parseJson } from '../../base/index.ts';
import { parseRunLine, rewriteOutput } from './run-line.ts';
import { scanRunLine } from './scan-run-line.ts';

/** Numbers in [0, 1), the same ones for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const keys = ['"index"', '"output"', '"time"', '"cause"', '"seconds"', '"error"', '"\\u0069ndex"', '"né"'];
const outputKeys = ['"index"', '"status"', '"result"', '"history"', '"st\\u0061tus"', '"output"'];
const texts = ['""', '"a\\"b\\\\"', '"\\ud800"', '"{\\"time\\": 1}"', '"é😀"', '"\\n\\u00e9"', '"completed"'];
const numbers = ['0', '-0', '7', '1.0', '1.5e3', '1E400', '-1e-2', 'NaN', 'Infinity', '-Infinity'];
const wrong = [
  '01',
  '1.',
  '.5',
  '-',
  '+1',
  '1.NaN',
  '-NaN',
  'nul',
  'True',
  '"\\x"',
  '"\\u12"',
  '"\t"',
  '"open',
  '[1,]',
];
const statuses = ['"completed"', '"running"', '"unknown"', '"task error"', '"odd"', 'null'];
const causes = ['"none"', '"limit"', '"task"', '"odd"', 'null', '[]'];

class LineMaker {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  line(): Buffer {
    const usual = [`"index": ${this.#pick(['3', '"3"', '3.0', ...numbers])}`, `"time": ${this.#time()}`];
    const fields = [...usual, `"output": ${this.#output()}`, `"cause": ${this.#pick(causes)}`];
    while (this.#random() < 0.3) fields.push(`${this.#pick(keys)}: ${this.#value(0)}`);
    return this.#damage(Buffer.from(this.#join(fields, '{', '}')));
  }

  #output(): string {
    if (this.#random() < 0.1) return this.#value(0);
    const fields = [
      `"status": ${this.#pick(statuses)}`,
      `"history": ${this.#random() < 0.9 ? `[${this.#value(1)}, ${this.#value(1)}]` : this.#value(0)}`,
    ];
    while (this.#random() < 0.4) fields.push(`${this.#pick(outputKeys)}: ${this.#value(0)}`);
    return this.#join(fields, '{', '}');
  }

  #time(): string {
    return this.#random() < 0.8
      ? '{"timestamp": 1}'
      : this.#pick(['0', '""', 'null', '[]', '{}', '1', 'NaN']);
  }

  #value(depth: number): string {
    const choice = this.#random();
    if (choice < 0.015) return this.#pick(wrong);
    if (depth > 3 || choice < 0.3) return this.#pick(texts);
    if (choice < 0.45) return this.#pick(numbers);
    if (choice < 0.6) return this.#pick(['true', 'false', 'null']);
    const count = Math.floor(this.#random() * 3);
    const entries = Array.from({ length: count }, () => this.#value(depth + 1));
    if (choice < 0.8) return this.#join(entries, '[', ']');
    return this.#join(
      entries.map((entry) => `${this.#pick(texts)}: ${entry}`),
      '{',
      '}',
    );
  }

  /** Sometimes torn, or with a byte that is another. */
  #damage(line: Buffer): Buffer {
    const choice = this.#random();
    const position = Math.floor(this.#random() * line.length);
    if (choice < 0.05) return line.subarray(0, position);
    if (choice < 0.15) line[position] = Math.floor(this.#random() * 256);
    return line;
  }

  #join(parts: readonly string[], open: string, close: string): string {
    const blank = this.#pick(['', ' ', '\t', '\r']);
    return `${open}${blank}${parts.join(`,${blank}`)}${blank}${close}`;
  }

  #pick(choices: readonly string[]): string {
    return choices[Math.floor(this.#random() * choices.length)] ?? '';
  }
}

function describeOutput(line: Buffer, { output }: NonNullable<ReturnType<typeof parseRunLine>>): string {
  const bytes = line.subarray(output.start, output.end);
  const sent = output.isAsSent ? bytes : rewriteOutput(bytes);
  expect(sent.length).toBe(output.length);
  return sent.toString('utf8');
}

describe('scanRunLine', () => {
  it('finds what the parser finds, or leaves the line to it', () => {
    const maker = new LineMaker(1);
    let scanned = 0;
    let found = 0;
    for (let round = 0; round < 10_000; round++) {
      const line = maker.line();
      const expected = parseRunLine(line);
      if (expected) found++;
      const run = scanRunLine(line);
      if (!run) continue;
      scanned++;
      const told = { ...run, output: parseJson(describeOutput(line, run)) };
      if (!expected) expect.fail(`taken, but not by the parser: ${line.toString('utf8')}`);
      const wanted = { ...expected, output: parseJson(describeOutput(line, expected)) };
      expect(told, line.toString('utf8')).toEqual(wanted);
    }
    expect(found).toBeGreaterThan(1_000);
    expect(scanned / found).toBeGreaterThan(0.3);
  });

  it.each([
    [
      "this program's",
      '{"index": 1, "error": null, "info": null, "output": {"index": 1, "status": "completed", "result": {"score": NaN}, "history": [{"role": "user", "content": "\\u00e9 \\"\\n"}]}, "time": {"timestamp": 1, "str": ""}, "cause": "none", "seconds": 1.5}',
    ],
    [
      "the reference's",
      '{"index": 1, "error": null, "info": null, "output": {"index": 1, "status": "completed", "result": null, "history": null}, "time": {"timestamp": 1, "str": ""}}',
    ],
  ])('reads %s lines without the parser', (_whose, text) => {
    expect(scanRunLine(Buffer.from(text))).toMatchObject({ index: 1, status: 'completed', cause: 'none' });
  });

  it('leaves bytes that are no text to the parser, so that none are sent', () => {
    const line = Buffer.from('{"index": 1, "output": {"status": "completed", "result": "?"}, "time": 1}');
    line[line.indexOf('?')] = 0xff;
    expect(scanRunLine(line)).toBeUndefined();
    const run = parseRunLine(line);
    expect(run && describeOutput(line, run)).toBe('{"status": "completed", "result": "\ufffd"}');
  });
});
