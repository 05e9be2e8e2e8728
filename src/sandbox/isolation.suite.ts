import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox, SandboxDriver } from './contract.ts';
import type { SandboxFixture } from './sandbox.suite.ts';

const mebibyte = 2 ** 20;
/** Held by every program and file of the host that must not be seen. */
const secret = `host-secret-${process.pid}`;

export interface IsolationFixture extends SandboxFixture {
  /** What a sandbox that writes more than its disk comes to: refused at once, or ended when that is noticed. */
  readonly fullDisk: 'refused' | 'ended';
}

/** What a hostile program tries from inside: every attempt fails, and neither the host nor another sandbox notices. */
export function describeIsolation(name: string, { open, image, skip, fullDisk }: IsolationFixture): void {
  describe.skipIf(skip !== undefined)(
    `${name} isolation${skip === undefined ? '' : ` (skipped: ${skip})`}`,
    () => {
      let driver: SandboxDriver;
      let hostile: Sandbox;
      let neighbour: Sandbox;
      let folder: string;
      let server: Server;
      let connections = 0;
      let hostProcess: ChildProcess;

      beforeAll(async () => {
        driver = await open();
        const limits = { memory: 64 * mebibyte, disk: 64 * mebibyte, pids: 60 };
        [hostile, neighbour] = await Promise.all([
          driver.create(image, limits),
          driver.create(image, limits),
        ]);
        folder = await mkdtemp(path.join(tmpdir(), 'proctor-isolation-'));
        await writeFile(path.join(folder, secret), secret);
        server = createServer((socket) => {
          connections++;
          socket.end();
        });
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        hostProcess = spawn('sleep', ['74001'], { env: { ...process.env, SECRET: secret }, stdio: 'ignore' });
      });
      afterAll(async () => {
        hostProcess.kill();
        server.close();
        await driver.release();
        await rm(folder, { recursive: true });
      });

      const attempt = (script: string, options = {}) => hostile.exec(['/bin/bash', '-c', script], options);
      const printed = async (script: string) => (await attempt(script)).stdout.text;
      const expectNeighbourToLive = async () =>
        expect(await neighbour.exec(['/bin/bash', '-c', 'echo fine'])).toMatchObject({
          exitCode: 0,
          stdout: { text: 'fine\n' },
        });

      it('finds no file of the host', async () => {
        expect(await printed(`cat '${folder}/${secret}'; find / -name '*${secret}*' 2>/dev/null`)).toBe('');
        expect(
          (await attempt(`cat /proc/1/root'${folder}/${secret}' /proc/*/root'${folder}/${secret}'`)).exitCode,
        ).not.toBe(0);
        expect(await printed('find / -name "*.sock" 2>/dev/null')).toBe('');
      });

      it("cannot read the host's passwords, and sees no users of the host", async () => {
        const users = readFileSync('/etc/passwd', 'utf8')
          .split('\n')
          .filter((line) => /:(1\d{3}):/.test(line));
        const shown = await printed('cat /etc/passwd');
        for (const line of users) expect(shown).not.toContain(line);
        const passwords = readFileSync('/etc/shadow', 'utf8')
          .split('\n')
          .filter((line) => line.includes('$'));
        const guessed = await printed('cat /etc/shadow');
        for (const line of passwords) expect(guessed).not.toContain(line);
      });

      it('finds nothing of the host in any environment', async () => {
        process.env['PROCTOR_TEST_SECRET'] = secret;
        try {
          expect(
            await printed(
              `cat /proc/*/environ | tr '\\0' '\\n' | grep -c '${secret.slice(0, -1)}[${secret.slice(-1)}]'`,
            ),
          ).toBe('0\n');
        } finally {
          delete process.env['PROCTOR_TEST_SECRET'];
        }
      });

      it('is given no open file but its own three', async () => {
        // The fourth is that of the listing itself.
        expect(await printed('echo /proc/self/fd/* | wc -w; ls /proc/self/fd | tr "\\n" " "')).toMatch(
          /^[34]\n0 1 2 3 $/,
        );
      });

      it("reaches neither the host's loopback nor any network", async () => {
        const { port } = server.address() as AddressInfo;
        for (const address of ['127.0.0.1', 'localhost', '0.0.0.0', '10.0.0.1', '172.17.0.1'])
          expect(
            (await attempt(`exec 3<>/dev/tcp/${address}/${port}`, { timeLimitMs: 5000 })).exitCode,
          ).not.toBe(0);
        expect(connections).toBe(0);
        expect(await printed('tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "')).toMatch(
          /^(lo\n|tunl0\n|sit0\n|ip6tnl0\n)*$/,
        );
      });

      it('sees no processes of the host, and its signals reach none', async () => {
        expect(await printed(`cat /proc/*/cmdline | tr '\\0' ' ' | grep -c 'sleep 7400[1]'`)).toBe('0\n');
        await attempt('kill -9 -1; for pid in $(seq 2 5000); do kill -9 $pid; done 2>/dev/null');
        expect(hostProcess.exitCode ?? hostProcess.signalCode).toBeNull();
        await expectNeighbourToLive();
      });

      it.each([
        ['mounting', 'mount -t tmpfs none /mnt'],
        ['a name space of its own', 'unshare --user true'],
        ['another root', 'mkdir -p /tmp/r && cp /bin/true /tmp/r && chroot /tmp/r /true'],
        ['a device', 'mknod /tmp/disk b 8 0'],
        ['the settings of the kernel', 'echo 1 >/proc/sys/kernel/sysrq'],
        ['the host name', 'hostname other'],
        ['the system request key', 'echo h >/proc/sysrq-trigger'],
        ['loading modules', 'insmod /nothing.ko || (exec 3</dev/mem)'],
        [
          'a pattern that the kernel runs as root',
          'cat /proc/sys/kernel/core_pattern >/proc/sys/kernel/core_pattern',
        ],
        ['a setting for all', 'cat /proc/sys/vm/overcommit_memory >/proc/sys/vm/overcommit_memory'],
        ['the control groups', 'mkdir /sys/fs/cgroup/mine || mkdir /sys/fs/cgroup/memory/mine'],
        ['the clock', 'date -s 2001-01-01'],
      ])('is refused %s', async (_, script) => {
        expect((await attempt(script)).exitCode).not.toBe(0);
      });

      it('changes no device of the host, nor the programs that make sandboxes', async () => {
        const modesOf = () =>
          ['/dev/null', '/dev/full', '/usr/bin/bwrap'].map(
            (file) => statSync(file, { throwIfNoEntry: false })?.mode,
          );
        const before = modesOf();
        await attempt('chmod 000 /dev/full; chmod 000 /dev/null');
        const grab = `for ((i = 0; i < 20000; i++)); do for exe in /proc/[0-9]*/exe; do [[ $(readlink $exe) == */bwrap ]] && chmod 000 $exe; done; done 2>/dev/null`;
        const grabbing = attempt(grab, { timeLimitMs: 3000 });
        // It may hit a program of its own in between, which is its own loss.
        for (let count = 0; count < 30; count++) await attempt('true').catch(() => undefined);
        await grabbing;
        expect(modesOf()).toEqual(before);
        expect(await neighbour.exec(['/bin/bash', '-c', 'echo x >/dev/null && echo fine'])).toMatchObject({
          stdout: { text: 'fine\n' },
        });
        await hostile.destroy();
        hostile = await driver.create(image, { memory: 64 * mebibyte, disk: 64 * mebibyte, pids: 60 });
      });

      it('writes nothing that the host or its neighbour sees', async () => {
        const name = `written-${secret}`;
        await attempt(
          `for place in / /usr/bin /etc /root /tmp /var/tmp /dev/shm /opt; do echo x >$place/${name}; done 2>/dev/null`,
        );
        await attempt('rm -rf --no-preserve-root /usr/bin 2>/dev/null', { timeLimitMs: 5000 });
        for (const place of ['/', '/usr/bin', '/etc', '/root', '/tmp', '/var/tmp', '/dev/shm', '/opt'])
          expect(await readdir(place)).not.toContain(name);
        expect((await neighbour.exec(['ls', '/tmp', '/root', '/usr/bin'])).stdout.text).not.toContain(name);
        await expectNeighbourToLive();
        await hostile.destroy();
        hostile = await driver.create(image, { memory: 64 * mebibyte, disk: 64 * mebibyte, pids: 60 });
      });

      it('cannot use up the memory', async () => {
        const { exitCode } = await attempt(`x=$(head -c 700M /dev/zero | tr '\\0' a); echo \${#x}`);
        expect(exitCode).not.toBe(0);
        expect(await printed('echo back')).toBe('back\n');
        await expectNeighbourToLive();
      });

      it('cannot use up the processes', async () => {
        const count =
          'for ((i = 0; i < 200; i++)); do sleep 74002 & done 2>/dev/null; ls -d /proc/[0-9]* | wc -l';
        await attempt(count, { timeLimitMs: 3000 });
        await expectNeighbourToLive();
        const alive = readdirSync('/proc').filter((pid) => argumentsOf(pid) === 'sleep\x0074002\x00').length;
        expect(alive).toBeLessThanOrEqual(60);
        await hostile.destroy();
        hostile = await driver.create(image, { memory: 64 * mebibyte, disk: 64 * mebibyte, pids: 60 });
      });

      it('cannot use up the disk', async () => {
        const script =
          'for ((i = 0; i < 40; i++)); do head -c 16M /dev/zero >/root/big$i || exit 9; done; sleep 30';
        const result = await attempt(script, { timeLimitMs: 50_000 }).catch((error: unknown) => error);
        if (fullDisk === 'refused') expect(result).toMatchObject({ ending: 'exited', exitCode: 9 });
        // Ended by whoever watches, and neither by itself nor at its time.
        else expect(JSON.stringify(result)).toMatch(/"code":"sandbox-|"ending":"exited","exitCode":137/);
        await expectNeighbourToLive();
      });

      it('does not outlive its sandbox', async () => {
        const shell = await neighbour.shell();
        await shell.run('setsid nohup sleep 74003 & disown');
        await neighbour.exec(['/bin/bash', '-c', '(setsid sleep 74003 &)']);
        const alive = () =>
          readdirSync('/proc').filter((pid) => argumentsOf(pid) === 'sleep\x0074003\x00').length;
        await expect.poll(alive, { timeout: 30_000 }).toBe(2);
        await neighbour.destroy();
        expect(alive()).toBe(0);
      });
    },
  );
}

/** Of a process of the host; empty when there is none. */
function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
