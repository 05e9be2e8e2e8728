import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { never, type SandboxWorld } from './world.ts';

/** What every driver promises of making and destroying sandboxes. */
export function describeDriver(world: SandboxWorld): void {
  describe('driver', () => {
    it('keeps sandboxes apart, many at once', async () => {
      const all = await Promise.all(Array.from({ length: 8 }, () => world.driver.create(world.image)));
      await Promise.all(all.map((each, index) => each.write('/tmp/mine', String(index))));
      const contents = await Promise.all(all.map(async (each) => (await each.read('/tmp/mine')).toString()));
      expect(contents).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
      await Promise.all(all.map((each) => each.destroy()));
    });

    it('shows what it is told to of the host, to be written to or not', async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'proctor-mounts-'));
      await mkdir(path.join(folder, 'in'));
      await mkdir(path.join(folder, 'out'));
      await writeFile(path.join(folder, 'in/given'), 'from the host');
      const other = await world.driver.create(world.image, {
        mounts: [
          { source: path.join(folder, 'in'), target: '/data/in' },
          { source: path.join(folder, 'in/given'), target: '/data/one/file' },
          { source: path.join(folder, 'out'), target: '/data/out', writable: true },
        ],
      });
      const bash = (script: string) => other.exec(['/bin/bash', '-c', script]);
      expect((await bash('cat /data/in/given /data/one/file')).stdout.text).toBe(
        'from the hostfrom the host',
      );
      expect(
        (await bash('echo x >/data/in/given || rm /data/in/given || echo x >/data/one/file')).exitCode,
      ).not.toBe(0);
      expect((await bash('echo made >/data/out/result')).exitCode).toBe(0);
      await other.destroy();
      expect(await readFile(path.join(folder, 'out/result'), 'utf8')).toBe('made\n');
      expect(await readFile(path.join(folder, 'in/given'), 'utf8')).toBe('from the host');
      await rm(folder, { recursive: true });
    });

    it("is in the host's network only where that was asked for", async () => {
      const server = createServer((socket) => socket.end('hello\n'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const script = `exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3`;
      const [apart, inside] = await Promise.all([
        world.driver.create(world.image),
        world.driver.create(world.image, { network: 'host' }),
      ]);
      expect((await inside.exec(['/bin/bash', '-c', script])).stdout.text).toBe('hello\n');
      // The first program of a sandbox is started in another way than those that follow.
      expect((await inside.exec(['/bin/bash', '-c', script])).stdout.text).toBe('hello\n');
      expect((await apart.exec(['/bin/bash', '-c', script])).exitCode).not.toBe(0);
      await Promise.all([apart.destroy(), inside.destroy()]);
      server.close();
    });

    it('refuses work in a sandbox that was destroyed, and destroys it once', async () => {
      const other = await world.driver.create(world.image);
      await other.destroy();
      await other.destroy();
      await expect(other.exec(['true'])).rejects.toMatchObject({ code: 'sandbox-failed' });
      await expect(other.shell()).rejects.toMatchObject({ code: 'sandbox-failed' });
    });

    it('ends a command whose sandbox is destroyed under it', async () => {
      const other = await world.driver.create(world.image);
      const shell = await other.shell();
      const running = shell.run('sleep 73001', { timeLimitMs: never }).then(
        () => 'answered',
        (error: unknown) => error,
      );
      await other.destroy();
      expect(await running).toMatchObject({ code: 'sandbox-failed' });
    });

    it.each([
      ['/bin/bash is gone', 'rm -f /usr/bin/bash /bin/bash'],
      [
        '/bin/bash never gets ready',
        `printf '#!/bin/sh\\nexec sleep 73002\\n' >/usr/bin/wait; cp /usr/bin/wait /usr/bin/bash.new; chmod 755 /usr/bin/bash.new; mv /usr/bin/bash.new /usr/bin/bash`,
      ],
      ['the loader of programs is gone', 'rm -f /lib64/ld-* /lib/ld-* /lib/*/ld-*'],
    ])(
      'tells that what ran in a sandbox has wrecked it where %s',
      async (_, wreck) => {
        const other = await world.driver.create(world.image);
        const shell = await other.shell();
        const outcome = await shell
          .run(`${wreck}; exit`, { timeLimitMs: 5000 })
          .catch((error: unknown) => error);
        expect(outcome).toMatchObject({ code: 'sandbox-wrecked' });
        await other.destroy();
      },
      120_000,
    );

    it('can be destroyed while it stops a command, and nobody else notices', async () => {
      const failures: unknown[] = [];
      const note = (error: unknown) => failures.push(error);
      process.on('unhandledRejection', note);
      try {
        for (const kind of ['exec', 'shell'] as const) {
          const other = await world.driver.create(world.image);
          const shell = await other.shell();
          const caller = new AbortController();
          const limits = { signal: caller.signal, timeLimitMs: never };
          const running =
            kind === 'exec' ? other.exec(['sleep', '73003'], limits) : shell.run('sleep 73003', limits);
          const settled = running.catch(() => undefined);
          caller.abort();
          await other.destroy();
          await settled;
        }
        await new Promise((resolve) => setImmediate(resolve));
      } finally {
        process.off('unhandledRejection', note);
      }
      expect(failures).toEqual([]);
    });

    it('says so when the image is not there', async () => {
      await expect(world.driver.create('no-such-image-anywhere')).rejects.toMatchObject({
        code: 'sandbox-image-failed',
      });
    });

    it('starts nothing for a caller who has given up', async () => {
      await expect(
        world.driver.create(world.image, { signal: AbortSignal.abort(new Error('gave up')) }),
      ).rejects.toThrow('gave up');
    });
  });
}
