import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realFileSystem, type FileHandle, type FileSystem } from './file-system.ts';
import { LineWriter } from './line-writer.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'proctor-lines-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The real file system, with some operations of its handles replaced. */
function withHandles(replace: (handle: FileHandle) => Partial<FileHandle>): FileSystem {
  return {
    ...realFileSystem,
    async open(...input: Parameters<FileSystem['open']>) {
      const handle = await realFileSystem.open(...input);
      return Object.assign(handle, replace(handle));
    },
  };
}

describe('LineWriter', () => {
  it('appends behind what is there', async () => {
    const file = join(folder, 'x.jsonl');
    writeFileSync(file, '{"a": 1}\n');
    const writer = await LineWriter.open(realFileSystem, file, { sync: true });
    await writer.append('{"b": 2}');
    await writer.close();
    expect(readFileSync(file, 'utf8')).toBe('{"a": 1}\n{"b": 2}\n');
  });

  it('syncs lines together that come while a sync runs, and confirms none before its sync', async () => {
    let syncs = 0;
    const file = join(folder, 'x.jsonl');
    const fileSystem = withHandles((handle) => {
      const datasync = handle.datasync.bind(handle);
      return {
        async datasync() {
          await datasync();
          syncs++;
        },
      };
    });
    const writer = await LineWriter.open(fileSystem, file, { sync: true });
    const syncsAtEnd: number[] = [];
    const append = async (line: number) => {
      await writer.append(String(line));
      syncsAtEnd[line] = syncs;
    };
    const first = append(0);
    await new Promise((resolve) => setImmediate(resolve));
    const others = Array.from({ length: 99 }, (_, position) => append(position + 1));
    await Promise.all([first, ...others]);
    await writer.close();
    expect(syncs).toBeLessThanOrEqual(3);
    expect(Math.min(...syncsAtEnd)).toBeGreaterThan(0);
    expect(readFileSync(file, 'utf8')).toBe(Array.from({ length: 100 }, (_, line) => `${line}\n`).join(''));
  });

  it('goes on after a short write', async () => {
    const file = join(folder, 'x.jsonl');
    const fileSystem = withHandles((handle) => {
      const write = handle.write.bind(handle) as (bytes: Buffer, offset: number, length: number) => unknown;
      return {
        write: ((bytes: Buffer, offset: number, length: number) =>
          write(bytes, offset, Math.min(3, length))) as never,
      };
    });
    const writer = await LineWriter.open(fileSystem, file, { sync: true });
    await writer.append('{"long": "line"}');
    await writer.close();
    expect(readFileSync(file, 'utf8')).toBe('{"long": "line"}\n');
  });

  it('leaves whole lines behind on a disk that fills up, and says so', async ({ skip }) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      skip('a small disk of its own cannot be mounted here');
    }
    try {
      const file = join(folder, 'x.jsonl');
      const writer = await LineWriter.open(realFileSystem, file, { sync: true });
      const line = JSON.stringify({ text: 'x'.repeat(5_000) });
      let written = 0;
      const fill = async () => {
        for (; written < 100; written++) await writer.append(line);
      };
      await expect(fill()).rejects.toMatchObject({
        code: 'disk-full',
        message: expect.stringContaining(file) as unknown,
      });
      await expect(writer.append('later')).rejects.toMatchObject({ code: 'disk-full' });
      await writer.close();
      expect(written).toBeGreaterThan(3);
      expect(readFileSync(file, 'utf8')).toBe(`${line}\n`.repeat(written));
    } finally {
      execFileSync('umount', [folder]);
    }
    expect(existsSync(folder)).toBe(true);
  });
});
