import { describe, expect, it } from 'vitest';
import { gibibyte, soon, type SandboxWorld } from './world.ts';

/** What every driver promises of a program that is run to its end. */
export function describeExec(world: SandboxWorld): void {
  describe('exec', () => {
    const bash = (script: string, options = {}) => world.sandbox.exec(['/bin/bash', '-c', script], options);

    it('tells exit code, output and error output apart, and passes words on as they are', async () => {
      const result = await world.sandbox.exec([
        '/bin/sh',
        '-c',
        'printf %s "$1"; echo bad >&2; exit 3',
        'x',
        `a 'b' "c" $d\n`,
      ]);
      expect(result).toEqual({
        ending: 'exited',
        exitCode: 3,
        stdout: { text: `a 'b' "c" $d\n`, totalBytes: 13, truncated: false },
        stderr: { text: 'bad\n', totalBytes: 4, truncated: false },
      });
    });

    it('passes on words that are together longer than one may be', async () => {
      const long = "'".repeat(100_000);
      await world.sandbox.exec(['/bin/bash', '-c', 'sleep 71005 &']);
      const { stdout } = await world.sandbox.exec(['/bin/sh', '-c', 'echo ${#1} ${#2}', 'x', long, long]);
      expect(stdout.text).toBe('100000 100000\n');
      expect(await world.processesWith('sleep 71005')).toBe(1);
    });

    it('passes on words of any characters, also to the first program of a sandbox', async () => {
      const other = await world.driver.create(world.image);
      const words = ['', 'two\nlines\n', `'"\\$(id)\t`, '\u{1f600}'];
      const { stdout } = await other.exec(['printf', '%s|', ...words]);
      expect(stdout.text).toBe(words.map((word) => `${word}|`).join(''));
      expect((await other.exec(['cat'], { input: 'given' })).stdout.text).toBe('given');
      await other.destroy();
    });

    it('gives the input, and an empty one without it', async () => {
      const big = 'ü'.repeat(300_000);
      expect((await world.sandbox.exec(['cat'], { input: big })).stdout).toMatchObject({
        text: big,
        truncated: false,
      });
      expect((await world.sandbox.exec(['cat'])).stdout.text).toBe('');
    });

    it('does not wait for a program that reads no input', async () => {
      expect(await world.sandbox.exec(['true'], { input: Buffer.alloc(4_000_000) })).toMatchObject({
        exitCode: 0,
      });
    });

    it('starts in the folder, with its own environment and nothing of the host', async () => {
      process.env['PROCTOR_TEST_SECRET'] = 'of the host';
      try {
        const { stdout } = await bash('pwd; env', { folder: '/usr' });
        expect(stdout.text).toMatch(/^\/usr\n/);
        expect(stdout.text).toContain('COLOUR=blue green\n');
        expect(stdout.text).toContain('HOME=/root\n');
        expect(stdout.text).not.toContain('of the host');
        expect((await bash('pwd')).stdout.text).toBe('/root\n');
        expect((await bash('pwd', { folder: '/gone' })).stdout.text).toBe('/\n');
      } finally {
        delete process.env['PROCTOR_TEST_SECRET'];
      }
    });

    it('cuts at the limit, between two characters, and counts on', async () => {
      const { stdout } = await bash('printf ä%.0s {1..10}', { outputLimit: 7 });
      expect(stdout).toEqual({ text: 'äää', totalBytes: 20, truncated: true });
    });

    it('shows bytes that are no UTF-8 as such', async () => {
      const { stdout } = await bash(String.raw`printf '\377a\0b'`);
      expect(stdout).toEqual({ text: '\ufffda\0b', totalBytes: 4, truncated: false });
    });

    it('survives a gibibyte of output', async () => {
      const { exitCode, stdout } = await bash('head -c 1G /dev/zero', { outputLimit: 10 });
      expect({ exitCode, ...stdout }).toEqual({
        exitCode: 0,
        text: '\0'.repeat(10),
        totalBytes: gibibyte,
        truncated: true,
      });
    });

    it('kills a program over its time limit with all that it started, daemons too, and nothing else', async () => {
      await bash('sleep 71004 &');
      const script = 'sleep 71001 & setsid sleep 71001 & (setsid sleep 71001 &); echo begun; sleep 71001';
      const result = await bash(script, { timeLimitMs: soon });
      expect(result).toMatchObject({
        ending: 'time-limit',
        exitCode: undefined,
        stdout: { text: 'begun\n' },
      });
      expect(await world.processesWith('sleep 71001')).toBe(0);
      expect(await world.processesWith('sleep 71004')).toBe(1);
    });

    it('kills it when the caller gives up', async () => {
      const caller = new AbortController();
      const running = bash('sleep 71002', { signal: caller.signal });
      while ((await world.processesWith('sleep 71002')) === 0);
      caller.abort();
      expect(await running).toMatchObject({ ending: 'cancelled', exitCode: undefined });
      expect(await world.processesWith('sleep 71002')).toBe(0);
    });

    it('does not begin when the caller has given up before', async () => {
      const signal = AbortSignal.abort(new Error('gave up'));
      await expect(bash('touch /tmp/begun', { signal })).rejects.toThrow('gave up');
      expect((await bash('test -e /tmp/begun')).exitCode).toBe(1);
    });

    it('does not wait for a daemon that holds the output open', async () => {
      const result = await bash('sleep 71003 & echo started');
      expect(result).toMatchObject({ ending: 'exited', exitCode: 0, stdout: { text: 'started\n' } });
      expect(await world.processesWith('sleep 71003')).toBe(1);
      await bash('kill $(pgrep -f "sleep 71003") || kill -9 -1');
    });

    it('tells of a signal as a shell does, and of a program that is not there', async () => {
      expect((await bash('kill -9 $$')).exitCode).toBe(137);
      expect((await world.sandbox.exec(['no-such-program'])).exitCode).toBe(127);
    });
  });
}
