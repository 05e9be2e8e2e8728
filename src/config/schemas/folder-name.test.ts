import { mkdtemp, readdir, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuseFolderName } from './folder-name.ts';

describe('a name that becomes a folder', () => {
  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '/etc',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u001b[2Jb',
    '.lock',
    '.sessions.jsonl',
    'config.yaml',
    'n'.repeat(300),
    'ü'.repeat(128),
  ])('is refused when it is %j', (name) => {
    expect(refuseFolderName(name)).toEqual(expect.any(String));
  });

  it('is otherwise one folder of that very name', async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'proctor-names-'));
    try {
      const names = ['gpt-4', 'a b', '日本', "it's; rm -rf *", '%2e%2e', '~', '-rf', 'a..b', 'n'.repeat(255)];
      for (const name of names) {
        expect(refuseFolderName(name)).toBeUndefined();
        await mkdir(path.join(root, name));
      }
      expect((await readdir(root)).sort()).toEqual([...names].sort());
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
