import { describe, expect, it } from 'vitest';
import { MarkerReader, type Read } from './marker-reader.ts';

const secret = 'abc123';
const mark = (fields: string) => `\x1e${secret};${fields}\x1e`;

/** Texts that lie together are joined. */
function readAll(chunks: readonly string[]): (string | readonly string[])[] {
  const reader = new MarkerReader(secret);
  const reads: Read[] = [...chunks.flatMap((chunk) => [...reader.push(Buffer.from(chunk))]), ...reader.end()];
  return reads.reduce<(string | readonly string[])[]>((all, read) => {
    if ('mark' in read) return [...all, read.mark];
    const text = Buffer.from(read.text).toString();
    const last = all.at(-1);
    return typeof last === 'string' ? [...all.slice(0, -1), last + text] : [...all, text];
  }, []);
}

describe('MarkerReader', () => {
  it('finds marks wherever the chunks are cut', () => {
    const whole = `one\x1e${mark('ready;7')}two${mark('done;0')}${mark('gone;1')}\x1eab`;
    const expected = ['one\x1e', ['ready', '7'], 'two', ['done', '0'], ['gone', '1'], '\x1eab'];
    expect(readAll([whole])).toEqual(expected);
    for (let cut = 1; cut < whole.length; cut++)
      expect(readAll([whole.slice(0, cut), whole.slice(cut)])).toEqual(expected);
    expect(readAll([...whole])).toEqual(expected);
  });

  it.each([
    ['of another secret', '\x1eother1;done;0\x1e'],
    ['that never ends', `\x1e${secret};${'x'.repeat(200)}`],
    ['that is longer than any of ours', mark('x'.repeat(200))],
    ['that is cut off', `\x1e${secret};done`],
  ])('takes a mark %s for text', (_, text) => {
    expect(readAll([`before${text}`]).join('')).toBe(`before${text}`);
    expect(readAll([...`before${text}`])).toEqual([`before${text}`]);
  });
});
