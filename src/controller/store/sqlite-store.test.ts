import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from './sqlite-store.ts';
import type { ControllerStore, StoredSession } from './store.ts';
import { describeStore } from './store.suite.ts';

let folder: string;
let opened: ControllerStore[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proctor-store-'));
  opened = [];
});
afterEach(async () => {
  for (const store of opened) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(name = 'store.sqlite'): Promise<ControllerStore> {
  const store = await openSqliteStore(join(folder, name), 0);
  opened.push(store);
  return store;
}

describeStore('the SQLite store', {
  open,
  reopen: () => {
    // What is on disk now is what a kill would leave.
    cpSync(join(folder, 'store.sqlite'), join(folder, 'copy.sqlite'));
    cpSync(join(folder, 'store.sqlite-wal'), join(folder, 'copy.sqlite-wal'));
    return open('copy.sqlite');
  },
});

const session: Omit<StoredSession, 'id'> = {
  task: 'task',
  index: 0,
  worker: 'http://worker/api',
  isOurs: true,
  owner: undefined,
  startId: undefined,
  startMs: 0,
  turn: undefined,
  end: undefined,
};

/** A program that opens the store and writes sessions, telling the id of each that was written, until it is killed. */
const writer = (file: string) => `
  const { createJiti } = require(${JSON.stringify(createRequire(import.meta.url).resolve('jiti'))});
  const source = ${JSON.stringify(fileURLToPath(new URL('./sqlite-store.ts', import.meta.url)))};
  createJiti(source).import(source).then(async ({ openSqliteStore }) => {
    const store = await openSqliteStore(${JSON.stringify(file)}, 0);
    for (let id = 1; ; id++) {
      store.saveSession({ ...${JSON.stringify(session)}, id });
      require('node:fs').writeSync(1, id + '\\n');
    }
  });`;

describe('after kill -9', () => {
  it('has everything that was written, and lets the next process in', async () => {
    const file = join(folder, 'store.sqlite');
    const child = spawn(process.execPath, ['-e', writer(file)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    await new Promise<void>((resolve) =>
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        told += text;
        if (told.length > 2_000) resolve();
      }),
    );
    await expect(open()).rejects.toMatchObject({
      code: 'store-locked',
      message: expect.stringContaining(`process ${child.pid}`) as unknown,
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(`${file}.lock`)).toBe(true);
    const last = Number(told.trimEnd().split('\n').at(-1));
    const ids = (await open()).load().sessions.map(({ id }) => id);
    expect(last).toBeGreaterThan(100);
    expect(ids.slice(0, last)).toEqual(Array.from({ length: last }, (_, position) => position + 1));
  });
});

describe('a store', () => {
  it('leaves nothing beside its file once it is closed, and is made with its folder', async () => {
    const store = await open('new/folder/store.sqlite');
    store.saveSession({ ...session, id: 1 });
    await store.close();
    expect(readdirSync(join(folder, 'new/folder'))).toEqual(['store.sqlite']);
  });

  it.each([
    ['that is something else', (file: string) => writeFileSync(file, 'no database at all '.repeat(100))],
    ['that is cut off', (file: string) => truncateSync(file, 6_000)],
    [
      'that is overwritten in its middle',
      (file: string) => {
        const bytes = readFileSync(file);
        writeFileSync(file, bytes.fill(7, bytes.length >> 1, (bytes.length >> 1) + 5_000));
      },
    ],
  ])('%s is refused with its name and what to do, and left as it is', async (_what, damage) => {
    const file = join(folder, 'store.sqlite');
    const store = await open();
    for (let id = 1; id <= 500; id++) store.saveSession({ ...session, id });
    await store.close();
    damage(file);
    const damaged = readFileSync(file);
    await expect(open()).rejects.toMatchObject({
      code: 'store-unusable',
      exitCode: 2,
      message: expect.stringContaining(file) as unknown,
      remedy: expect.stringContaining('--memory') as unknown,
    });
    expect(readFileSync(file)).toEqual(damaged);
    expect(existsSync(`${file}.owner`)).toBe(false);
  });

  it('in a folder that cannot be made is refused', async () => {
    writeFileSync(join(folder, 'taken'), '');
    await expect(open('taken/store.sqlite')).rejects.toMatchObject({ code: 'store-unusable' });
  });
});
