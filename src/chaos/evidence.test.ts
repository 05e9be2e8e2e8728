import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJsonLines } from './evidence.ts';

async function readText(text: string) {
  const folder = await mkdtemp(path.join(tmpdir(), 'proctor-evidence-'));
  try {
    const file = path.join(folder, 'runs.jsonl');
    await writeFile(file, text);
    const { lines, torn } = await readJsonLines(file);
    return { lines, torn: torn.map((place) => place.slice(folder.length + 1)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('readJsonLines', () => {
  it('reads whole lines', async () => {
    expect(await readText('{"a": 1}\n{"b": 2}\n')).toEqual({ lines: [{ a: 1 }, { b: 2 }], torn: [] });
    expect(await readText('')).toEqual({ lines: [], torn: [] });
  });

  it('tells of a torn line, in the middle or at the end, and of one whose end is missing', async () => {
    expect((await readText('{"a": 1}\n{"b"\n{"c": 3}\n')).torn).toEqual(['runs.jsonl:2']);
    expect((await readText('{"a": 1}\n{"b"')).torn).toEqual(['runs.jsonl:2']);
    expect((await readText('{"a": 1}')).torn).toEqual(['runs.jsonl:1']);
  });

  it('has no lines of a file that is not there', async () => {
    expect(await readJsonLines('/nowhere/runs.jsonl')).toEqual({ lines: [], torn: [] });
  });
});
