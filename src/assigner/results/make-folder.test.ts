import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, realFileSystem } from './index.ts';

describe('makeFolder', () => {
  it('makes a folder with those above it, and leaves one that is there', async () => {
    const root = mkdtempSync(join(tmpdir(), 'proctor-folder-'));
    const folder = join(root, 'a/b/c');
    await Promise.all([makeFolder(realFileSystem, folder), makeFolder(realFileSystem, folder)]);
    await makeFolder(realFileSystem, folder);
    expect(statSync(folder).isDirectory()).toBe(true);
    writeFileSync(join(root, 'file'), '');
    await expect(makeFolder(realFileSystem, join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(realFileSystem, join(root, 'file/below'))).rejects.toThrow();
    rmSync(root, { recursive: true });
  });

  it.skipIf(process.platform !== 'linux')('fails where a system has no place for folders', async () => {
    await expect(makeFolder(realFileSystem, '/proc/nothing/here')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
