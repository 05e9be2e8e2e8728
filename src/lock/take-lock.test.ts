import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import * as nodeFileSystem from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProctorError } from '../base/index.ts';
import { takeLock, type LockFileSystem } from './take-lock.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'proctor-lock-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lockBy = (fileSystem: LockFileSystem) => {
  const file = join(folder, '.lock');
  return takeLock(file, {
    nowMs: Date.UTC(2026, 0, 1),
    refusal: (holder) => new ProctorError('folder-locked', { file, holder }),
    fileSystem,
  });
};
const lock = () => lockBy(nodeFileSystem);
const writeLock = (changes: Record<string, unknown>) =>
  writeFileSync(
    join(folder, '.lock'),
    JSON.stringify({
      pid: process.pid,
      host: hostname(),
      start: 'then',
      processStart: null,
      token: 'x',
      ...changes,
    }),
  );
/** A pid that was one a moment ago. */
const deadPid = () => Number(execFileSync(process.execPath, ['-p', 'process.pid']));

describe('takeLock', () => {
  it('refuses the second with the pid and host of the first, and lets it in once that is through', async () => {
    const first = await lock();
    await expect(lock()).rejects.toMatchObject({
      code: 'folder-locked',
      message: expect.stringContaining(`process ${process.pid} on ${hostname()}`) as unknown,
    });
    await first.release();
    expect(readdirSync(folder)).toEqual([]);
    await (await lock()).release();
  });

  it('takes over from a process that is gone', async () => {
    writeLock({ pid: deadPid() });
    const taken = await lock();
    expect(readFileSync(join(folder, '.lock'), 'utf8')).toContain(`"pid":${process.pid}`);
    await taken.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(!existsSync('/proc/self/stat'))(
    'takes over where the pid was given to another process since',
    async () => {
      writeLock({ processStart: '1' });
      await (await lock()).release();
    },
  );

  it('leaves a lock alone that another machine holds', async () => {
    writeLock({ pid: deadPid(), host: 'elsewhere' });
    await expect(lock()).rejects.toThrow(/on elsewhere/);
    expect(existsSync(join(folder, '.lock'))).toBe(true);
  });

  it('lets one of many in that come at once, also over a lock left behind', async () => {
    writeLock({ pid: deadPid() });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, lock));
    const entered = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(entered).toHaveLength(1);
    for (const { value } of entered) await value.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('holds on a file system without links', async () => {
    const noLinks = {
      ...nodeFileSystem,
      link: () => Promise.reject(Object.assign(new Error('not permitted'), { code: 'EPERM' })),
    };
    const lockThere = () => lockBy(noLinks);
    writeLock({ pid: deadPid() });
    const first = await lockThere();
    await expect(lockThere()).rejects.toMatchObject({ code: 'folder-locked' });
    await first.release();
    expect(readdirSync(folder)).toEqual([]);
  });
});
