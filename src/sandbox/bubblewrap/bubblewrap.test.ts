import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../base/index.ts';
import { dockerMissing, testRootFolder } from '../../testing/docker-engine.ts';
import { describeIsolation } from '../isolation.suite.ts';
import { describeSandbox } from '../sandbox.suite.ts';
import { BubblewrapDriver } from './bubblewrap-driver.ts';

const missing = spawnSync('bwrap', ['--version']).error
  ? 'bwrap is not installed; on Debian: apt-get install bubblewrap'
  : undefined;
/** In CI it must be there. */
const skip = process.env['CI'] ? undefined : missing;

const open = () => BubblewrapDriver.open(systemClock);

describeSandbox('bubblewrap', { open, image: 'host', skip });
describeIsolation('bubblewrap', { open, image: 'host', skip, fullDisk: 'refused' });

describe.skipIf(skip !== undefined)(
  `bubblewrap alone${skip === undefined ? '' : ` (skipped: ${skip})`}`,
  () => {
    let driver: BubblewrapDriver;
    beforeAll(async () => {
      driver = await open();
    });
    afterAll(() => driver.release());

    it('limits a sandbox by groups of the kernel', async () => {
      const sandbox = await driver.create('host', {
        memory: 64 * mebibyte,
        disk: 32 * mebibyte,
        pids: 77,
        cpus: 0.5,
      });
      const read = (v1: string, v2: string) => {
        const file = [
          `/sys/fs/cgroup/${v1.replace('/', `/proctor-${sandbox.id}/`)}`,
          `/sys/fs/cgroup/proctor-${sandbox.id}/${v2}`,
        ];
        return file.filter((each) => existsSync(each)).map((each) => readFileSync(each, 'utf8').trim());
      };
      // Of the processes themselves where there are no such groups.
      if (driver.limitedBy !== 'prlimit') {
        expect(read('memory/memory.limit_in_bytes', 'memory.max')).toEqual([String(96 * mebibyte)]);
        expect(read('pids/pids.max', 'pids.max')).toEqual(['77']);
        expect(read('cpu/cpu.cfs_quota_us', 'cpu.max')[0]).toMatch(/^50000/);
      }
      await sandbox.destroy();
      expect(read('pids/pids.max', 'pids.max')).toEqual([]);
    });

    it('keeps its first process from whoever would end it from inside', async () => {
      const sandbox = await driver.create('host');
      const bash = (script: string) => sandbox.exec(['/bin/bash', '-c', script]);
      await bash(':');
      for (const script of [
        'kill -9 1',
        'kill -TERM 1',
        'prlimit --pid 1 --cpu=0:0',
        'exec 3>/proc/1/mem && echo x >&3',
      ])
        await bash(script);
      expect((await bash('echo fine')).stdout.text).toBe('fine\n');
      expect((await bash('prlimit --pid 1 --nofile=10:10')).exitCode).not.toBe(0);
      await sandbox.destroy();
    });

    it('knows a sandbox that was ended from outside from one that its programs ended', async () => {
      const sandbox = await driver.create('host');
      const shell = await sandbox.shell();
      const folder = sandbox.id.replace('-', '/');
      const programs = readdirSync('/proc').filter(
        (pid) => commandOf(pid).startsWith('bwrap\0') && commandOf(pid).includes(folder),
      );
      expect(programs.length).toBeGreaterThan(0);
      const running = shell.run('sleep 77001').catch((error: unknown) => error);
      for (const pid of programs) process.kill(Number(pid), 'SIGKILL');
      expect(await running).toMatchObject({ code: 'sandbox-failed' });
      await expect(sandbox.exec(['true'])).rejects.toMatchObject({
        code: 'sandbox-failed',
        parameters: { reason: 'its first process was ended from outside' },
      });
      await sandbox.destroy();
    });

    it.skipIf(dockerMissing !== undefined)('shows a prepared root, and writes nothing to it', async () => {
      await driver.prepareImage('prepared', { kind: 'folder', folder: testRootFolder });
      const sandbox = await driver.create('prepared');
      const { exitCode, stdout } = await sandbox.exec([
        '/bin/bash',
        '-c',
        'cat /etc/proctor-test-root && echo x >/written && rm /etc/proctor-test-root',
      ]);
      expect({ exitCode, text: stdout.text }).toEqual({
        exitCode: 0,
        text: readFileSync(`${testRootFolder}/etc/proctor-test-root`, 'utf8'),
      });
      await sandbox.destroy();
      expect(existsSync(`${testRootFolder}/written`)).toBe(false);
      expect(existsSync(`${testRootFolder}/etc/proctor-test-root`)).toBe(true);
    });

    it.each([
      ['a folder without a root', { kind: 'folder', folder: '/proc' }],
      ['what only an engine of containers can make', { kind: 'registry' }],
    ] as const)('refuses %s', async (_, source) => {
      await expect(driver.prepareImage('refused', source)).rejects.toMatchObject({
        code: 'sandbox-image-failed',
      });
    });
  },
);

const mebibyte = 2 ** 20;

/** Of a process of the host; empty when there is none. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
