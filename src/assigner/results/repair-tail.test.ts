import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realFileSystem } from './file-system.ts';
import { repairTail } from './repair-tail.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'proctor-tail-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const long = JSON.stringify({ index: 1, text: 'x'.repeat(200_000) });

describe('repairTail', () => {
  it.each([
    ['an empty file', '', 'whole', ''],
    ['whole lines', '{"a": 1}\n{"b": 2}\n', 'whole', '{"a": 1}\n{"b": 2}\n'],
    ['a torn line', '{"a": 1}\n{"b": ', 'cut', '{"a": 1}\n'],
    ['a torn line alone', '{"b', 'cut', ''],
    ['a record without its newline', '{"a": 1}\n{"b": 2}', 'completed', '{"a": 1}\n{"b": 2}\n'],
    ['zeros, as a crash of the machine leaves them', '{"a": 1}\n\0\0\0', 'cut', '{"a": 1}\n'],
    ['a torn line longer than one read', `{"a": 1}\n${long.slice(0, -1)}`, 'cut', '{"a": 1}\n'],
    ['a long record without its newline', `{"a": 1}\n${long}`, 'completed', `{"a": 1}\n${long}\n`],
    ['a number cut out of a record', '{"a": 1}\n12', 'cut', '{"a": 1}\n'],
  ])('%s', async (...row) => {
    const [, before, repair, after] = row;
    const file = join(folder, 'runs.jsonl');
    writeFileSync(file, before);
    expect(await repairTail(realFileSystem, file)).toBe(repair);
    expect(readFileSync(file, 'utf8')).toBe(after);
  });

  it('makes no file where there is none', async () => {
    const file = join(folder, 'runs.jsonl');
    expect(await repairTail(realFileSystem, file)).toBe('whole');
    expect(existsSync(file)).toBe(false);
  });
});
