import { describe, expect, it } from 'vitest';
import { type SandboxWorld } from './world.ts';

/** What every driver promises of files that are written and read. */
export function describeFiles(world: SandboxWorld): void {
  describe('files', () => {
    it('of settings are not read by what is run', async () => {
      await world.sandbox.write('/root/.bashrc', 'echo settings were read');
      for (const argv of [['bash'], ['bash', '-c', 'cat >/dev/null']])
        expect((await world.sandbox.exec(argv, { input: ':' })).stdout.text).toBe('');
      expect((await (await world.sandbox.shell()).run(':')).output.text).toBe('');
      await world.sandbox.exec(['rm', '/root/.bashrc']);
    });

    it('are read as they were written, and folders are made', async () => {
      const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
      await world.sandbox.write('/root/new folder/deep/file', bytes, { mode: 0o750 });
      expect((await world.sandbox.read('/root/new folder/deep/file')).equals(bytes)).toBe(true);
      expect((await world.sandbox.read('/root/new folder/deep/file', 3)).equals(bytes.subarray(0, 3))).toBe(
        true,
      );
      const { stdout } = await world.sandbox.exec(['stat', '-c', '%a', '/root/new folder/deep/file']);
      expect(stdout.text).toBe('750\n');
    });

    it('that are not there are told', async () => {
      await expect(world.sandbox.read('/nothing')).rejects.toMatchObject({ code: 'sandbox-file-unreadable' });
    });

    it('that cannot be written are told', async () => {
      await expect(world.sandbox.write('/proc/nothing', 'x')).rejects.toMatchObject({
        code: 'sandbox-file-unwritable',
      });
    });
  });
}
