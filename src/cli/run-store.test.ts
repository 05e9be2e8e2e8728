import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRunStore } from './run-store.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'proctor-run-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What SQLite makes beside its file. */
function fillStore(file: string): void {
  writeFileSync(file, '');
  writeFileSync(`${file}-wal`, '');
  mkdirSync(`${file}.lock`);
}

describe('openRunStore', () => {
  it('begins without what a killed run left, and touches nothing else', async () => {
    fillStore(join(folder, '.controller.sqlite'));
    writeFileSync(join(folder, 'config.yaml'), '');
    const store = await openRunStore(folder, 0);
    expect(readdirSync(folder)).toEqual(['config.yaml']);
    expect(store.file).toBe(join(folder, '.controller.sqlite'));
    fillStore(store.file);
    await store.remove();
    expect(readdirSync(folder)).toEqual(['config.yaml']);
  });

  it('leaves no folder behind that it made for nothing', async () => {
    const output = join(folder, 'outputs/now');
    const store = await openRunStore(output, 0);
    expect(existsSync(output)).toBe(true);
    await store.remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps out of a folder in which another evaluation is at work', async () => {
    const holder = { pid: process.pid, host: hostname(), start: 'then', processStart: null, token: 'x' };
    writeFileSync(join(folder, '.lock'), JSON.stringify(holder));
    fillStore(join(folder, '.controller.sqlite'));
    await expect(openRunStore(folder, 0)).rejects.toMatchObject({ code: 'folder-locked' });
    expect(existsSync(join(folder, '.controller.sqlite'))).toBe(true);
  });

  it('says when the folder cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(openRunStore(join(folder, 'file'), 0)).rejects.toMatchObject({ code: 'file-unwritable' });
  });
});
