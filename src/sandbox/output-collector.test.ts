import { describe, expect, it } from 'vitest';
import { OutputCollector } from './output-collector.ts';

function collect(limit: number, ...pieces: readonly (string | Uint8Array)[]) {
  const collector = new OutputCollector(limit);
  for (const piece of pieces) collector.add(Buffer.from(piece as string));
  return collector.captured();
}

describe('OutputCollector', () => {
  it('keeps what fits, in however many pieces it comes', () => {
    expect(collect(100, 'one ', 'two')).toEqual({ text: 'one two', totalBytes: 7, truncated: false });
    expect(collect(5000, ...Array.from({ length: 5000 }, () => 'x')).text).toBe('x'.repeat(5000));
    expect(collect(7, 'one two')).toMatchObject({ truncated: false });
  });

  it.each([
    ['ä', 2],
    ['€', 3],
    ['\u{1f600}', 4],
  ])('never cuts through %s', (character, bytes) => {
    for (let limit = 0; limit <= 3 * bytes; limit++) {
      const { text, truncated } = collect(limit, character.repeat(4));
      expect(text).toBe(character.repeat(Math.floor(limit / bytes)));
      expect(truncated).toBe(true);
    }
  });

  it('cuts bytes that are no UTF-8 anywhere', () => {
    expect(collect(2, Buffer.from([0xff, 0xff, 0xff]))).toEqual({
      text: '\ufffd\ufffd',
      totalBytes: 3,
      truncated: true,
    });
    expect(collect(3, Buffer.from([0x80, 0x80, 0x80, 0x80])).text).toBe('\ufffd'.repeat(3));
  });
});
