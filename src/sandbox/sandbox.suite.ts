import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandResult, Sandbox, SandboxDriver, Shell } from './contract.ts';

export interface SandboxFixture {
  /** Starts a driver by a real clock; whoever asks releases it. */
  readonly open: () => Promise<SandboxDriver>;
  /** Has bash and the usual small programs. */
  readonly image: string;
  /** Why the driver cannot be tested here. */
  readonly skip?: string | undefined;
  /** For what this driver's engine needs. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Never reached when the code under test is right. */
const never = 50_000;
const soon = 400;
const gibibyte = 2 ** 30;

/** What every driver promises, with real sandboxes. */
export function describeSandbox(name: string, { open, image, skip }: SandboxFixture): void {
  describe.skipIf(skip !== undefined)(
    `${name} sandbox${skip === undefined ? '' : ` (skipped: ${skip})`}`,
    () => {
      let driver: SandboxDriver;
      let sandbox: Sandbox;

      beforeAll(async () => {
        driver = await open();
        sandbox = await driver.create(image, { env: { COLOUR: 'blue green' }, pids: 100 });
      });
      afterAll(() => driver.release());

      /** Processes inside whose arguments hold the text. */
      const processesWith = async (text: string) => {
        const script = `for file in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <"$file" 2>/dev/null; echo; done`;
        const { stdout } = await sandbox.exec(['/bin/bash', '-c', script]);
        return stdout.text.split('\n').filter((line) => line.includes(text)).length;
      };

      describe('exec', () => {
        const bash = (script: string, options = {}) => sandbox.exec(['/bin/bash', '-c', script], options);

        it('tells exit code, output and error output apart, and passes words on as they are', async () => {
          const result = await sandbox.exec([
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
          await sandbox.exec(['/bin/bash', '-c', 'sleep 71005 &']);
          const { stdout } = await sandbox.exec(['/bin/sh', '-c', 'echo ${#1} ${#2}', 'x', long, long]);
          expect(stdout.text).toBe('100000 100000\n');
          expect(await processesWith('sleep 71005')).toBe(1);
        });

        it('passes on words of any characters, also to the first program of a sandbox', async () => {
          const other = await driver.create(image);
          const words = ['', 'two\nlines\n', `'"\\$(id)\t`, '\u{1f600}'];
          const { stdout } = await other.exec(['printf', '%s|', ...words]);
          expect(stdout.text).toBe(words.map((word) => `${word}|`).join(''));
          expect((await other.exec(['cat'], { input: 'given' })).stdout.text).toBe('given');
          await other.destroy();
        });

        it('gives the input, and an empty one without it', async () => {
          const big = 'ü'.repeat(300_000);
          expect((await sandbox.exec(['cat'], { input: big })).stdout).toMatchObject({
            text: big,
            truncated: false,
          });
          expect((await sandbox.exec(['cat'])).stdout.text).toBe('');
        });

        it('does not wait for a program that reads no input', async () => {
          expect(await sandbox.exec(['true'], { input: Buffer.alloc(4_000_000) })).toMatchObject({
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

        it('kills a program over its time limit with all that it started, daemons too', async () => {
          const script = 'sleep 71001 & setsid sleep 71001 & (setsid sleep 71001 &); echo begun; sleep 71001';
          const result = await bash(script, { timeLimitMs: soon });
          expect(result).toMatchObject({
            ending: 'time-limit',
            exitCode: undefined,
            stdout: { text: 'begun\n' },
          });
          expect(await processesWith('sleep 71001')).toBe(0);
        });

        it('kills it when the caller gives up', async () => {
          const caller = new AbortController();
          const running = bash('sleep 71002', { signal: caller.signal });
          while ((await processesWith('sleep 71002')) === 0);
          caller.abort();
          expect(await running).toMatchObject({ ending: 'cancelled', exitCode: undefined });
          expect(await processesWith('sleep 71002')).toBe(0);
        });

        it('does not begin when the caller has given up before', async () => {
          const signal = AbortSignal.abort(new Error('gave up'));
          await expect(bash('touch /tmp/begun', { signal })).rejects.toThrow('gave up');
          expect((await bash('test -e /tmp/begun')).exitCode).toBe(1);
        });

        it('does not wait for a daemon that holds the output open', async () => {
          const result = await bash('sleep 71003 & echo started');
          expect(result).toMatchObject({ ending: 'exited', exitCode: 0, stdout: { text: 'started\n' } });
          expect(await processesWith('sleep 71003')).toBe(1);
          await bash('kill $(pgrep -f "sleep 71003") || kill -9 -1');
        });

        it('tells of a signal as a shell does, and of a program that is not there', async () => {
          expect((await bash('kill -9 $$')).exitCode).toBe(137);
          expect((await sandbox.exec(['no-such-program'])).exitCode).toBe(127);
        });
      });

      describe('files', () => {
        it('of settings are not read by what is run', async () => {
          await sandbox.write('/root/.bashrc', 'echo settings were read');
          for (const argv of [['bash'], ['bash', '-c', 'cat >/dev/null']])
            expect((await sandbox.exec(argv, { input: ':' })).stdout.text).toBe('');
          expect((await (await sandbox.shell()).run(':')).output.text).toBe('');
          await sandbox.exec(['rm', '/root/.bashrc']);
        });

        it('are read as they were written, and folders are made', async () => {
          const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
          await sandbox.write('/root/new folder/deep/file', bytes, { mode: 0o750 });
          expect((await sandbox.read('/root/new folder/deep/file')).equals(bytes)).toBe(true);
          expect((await sandbox.read('/root/new folder/deep/file', 3)).equals(bytes.subarray(0, 3))).toBe(
            true,
          );
          const { stdout } = await sandbox.exec(['stat', '-c', '%a', '/root/new folder/deep/file']);
          expect(stdout.text).toBe('750\n');
        });

        it('that are not there are told', async () => {
          await expect(sandbox.read('/nothing')).rejects.toMatchObject({ code: 'sandbox-file-unreadable' });
        });

        it('that cannot be written are told', async () => {
          await expect(sandbox.write('/proc/nothing', 'x')).rejects.toMatchObject({
            code: 'sandbox-file-unwritable',
          });
        });
      });

      describe('shell', () => {
        let shell: Shell;
        const run = (command: string, options = {}): Promise<CommandResult> =>
          shell.run(command, { timeLimitMs: never, ...options });
        const printed = async (command: string) => (await run(command)).output.text;

        beforeAll(async () => {
          shell = await sandbox.shell();
        });
        afterAll(() => shell.close());

        it('keeps folder, variables and functions', async () => {
          await run('cd /usr; fruit="red apple"; greet() { echo "hello $1"; }');
          expect(await run('pwd; echo "$fruit"; greet you')).toEqual({
            ending: 'exited',
            exitCode: 0,
            output: { text: '/usr\nred apple\nhello you\n', totalBytes: 25, truncated: false },
            stateKept: true,
          });
        });

        it('tells the exit code, and shows output and error output as they came', async () => {
          const result = await run('echo one; echo two >&2; echo three; (exit 7)');
          expect(result).toMatchObject({ exitCode: 7, output: { text: 'one\ntwo\nthree\n' } });
          expect(await printed('true; echo $?')).toBe('0\n');
        });

        it('takes many lines, quotes, here-documents and comments', async () => {
          const script = `for i in 1 2; do\n  echo "it's $i"\ndone # 'unpaired\ncat <<'END'\n$HOME "x"\nEND`;
          expect(await printed(script)).toBe(`it's 1\nit's 2\n$HOME "x"\n`);
        });

        it('goes on after an error of syntax', async () => {
          const result = await run('echo "unpaired');
          expect(result).toMatchObject({ ending: 'exited', stateKept: true });
          expect(result.exitCode).toBeGreaterThan(0);
          expect(result.output.text).toContain('unexpected EOF');
          expect(await printed('echo fine')).toBe('fine\n');
        });

        it('shows no prompts and no marks, also with set -x', async () => {
          expect(await printed('set -x; echo traced')).toBe('++ echo traced\ntraced\n');
          expect(await printed('echo again; set +x')).toBe(
            "+ eval -- 'echo again; set +x'\n++ echo again\nagain\n++ set +x\n",
          );
          expect(await printed(String.raw`printf '\036%s' abc`)).toBe('\x1eabc');
        });

        it('has an empty input', async () => {
          expect(await run('cat; read line; echo "end $?"')).toMatchObject({
            ending: 'exited',
            output: { text: 'end 1\n' },
          });
        });

        it('keeps background jobs from one command to the next, and shows what they print', async () => {
          await run(
            '(while [ ! -e /tmp/go ]; do sleep 0.01; done; echo late; echo done >/tmp/gone) & job=$!',
          );
          expect(await printed('kill -0 $job && echo alive')).toBe('alive\n');
          await run('touch /tmp/go');
          expect(await printed('while [ ! -s /tmp/gone ]; do sleep 0.01; done; echo end')).toMatch(
            /late\n(.*\n)*end\n/,
          );
        });

        it('interrupts a command over its time limit and goes on with its state', async () => {
          await run('kept=yes; sleep 72001 & ');
          const result = await run('echo begun; sleep 72002 & setsid sleep 72002 & sleep 72002; echo never', {
            timeLimitMs: soon,
          });
          expect(result).toMatchObject({ ending: 'time-limit', exitCode: undefined, stateKept: true });
          expect(result.output.text).toMatch(/^begun\n/);
          expect(result.output.text).not.toContain('never');
          expect(await processesWith('sleep 72002')).toBe(0);
          expect(await processesWith('sleep 72001')).toBe(1);
          expect(await printed('echo $kept; kill %?72001')).toContain('yes\n');
        });

        it.each([
          ['of the shell alone', 'while :; do :; done'],
          ['of programs', 'while true; do sleep 0.01; done'],
          ['in a pipe', 'yes | while read -r line; do :; done'],
        ])('interrupts an endless loop %s', async (_, loop) => {
          await run('kept=so');
          expect(await run(loop, { timeLimitMs: soon })).toMatchObject({
            ending: 'time-limit',
            stateKept: true,
          });
          expect(await printed('echo $kept')).toContain('so\n');
        });

        it('is replaced when a command cannot be interrupted', async () => {
          await run('echo safe >/tmp/file-of-shell; kept=lost');
          const result = await run(`trap '' INT; while :; do :; done`, { timeLimitMs: soon });
          expect(result).toMatchObject({ ending: 'time-limit', stateKept: false });
          expect(await printed('echo "[$kept]"; cat /tmp/file-of-shell')).toBe('[]\nsafe\n');
        });

        it.each([
          ['exit', 'echo bye; exit 3', 3],
          ['exec', 'echo bye; exec sh -c "exit 4"', 4],
          ['set -e', 'echo bye; set -e; false', 1],
          ['kill -9 $$', 'echo bye; kill -9 $$', 137],
          ['a program that kills everything', 'echo bye; sh -c "kill -9 -1"; sleep 9', 137],
        ])('is replaced when it is ended by %s', async (_, command, exitCode) => {
          await run('kept=lost');
          expect(await run(command)).toMatchObject({
            ending: 'shell-ended',
            exitCode,
            output: { text: expect.stringMatching(/^bye\n/) as string },
            stateKept: false,
          });
          expect(await printed('echo "[$kept]"; pwd')).toBe('[]\n/root\n');
        });

        it('survives kill -9 -1 of its own, which nothing else does', async () => {
          await run('kept=yes; setsid sleep 72006 &');
          expect(await run('kill -9 -1; echo after')).toMatchObject({ ending: 'exited', stateKept: true });
          expect(await printed('echo $kept')).toContain('yes\n');
          expect(await processesWith('sleep 72006')).toBe(0);
          expect(await run('exit 6')).toMatchObject({ ending: 'shell-ended' });
        });

        it('ends with exit, although a job of it holds the output open', async () => {
          expect(await run('setsid sleep 72003 & exit 5')).toMatchObject({
            ending: 'shell-ended',
            exitCode: 5,
          });
          expect(await processesWith('sleep 72003')).toBe(1);
        });

        it('does not wait for a daemon that holds the output open', async () => {
          expect(await run('setsid sleep 72004 & echo started')).toMatchObject({ ending: 'exited' });
          expect(await processesWith('sleep 72004')).toBe(1);
        });

        it('hears of the end of a command that has redirected the shell', async () => {
          expect(await run('exec 7>&1 >/tmp/redirected 2>&1; echo hidden')).toMatchObject({
            ending: 'exited',
            output: { text: '' },
          });
          expect(await printed('exec >&7 2>&1; cat /tmp/redirected')).toBe('hidden\n');
        });

        it('survives a gibibyte of output, bytes that are no UTF-8, and cuts between two characters', async () => {
          const { output } = await run('head -c 1G /dev/zero', { outputLimit: 4 });
          expect(output).toEqual({ text: '\0\0\0\0', totalBytes: gibibyte, truncated: true });
          expect(await printed(String.raw`printf '\303\050'`)).toBe('\ufffd(');
          const cut = await run('printf €%.0s {1..5}', { outputLimit: 8 });
          expect(cut.output).toEqual({ text: '€€', totalBytes: 15, truncated: true });
        });

        it('survives a fork bomb', async () => {
          const { ending } = await run('bomb() { bomb | bomb & }; bomb; while :; do sleep 0.1; done', {
            timeLimitMs: 1500,
          });
          expect(ending).toBe('time-limit');
          expect(await printed('echo still here')).toContain('still here\n');
          expect(await processesWith('bomb')).toBe(0);
        });

        it('has room for the next program after one that left none', async () => {
          await run('for ((i = 0; i < 300; i++)); do sleep 72007 & done', { timeLimitMs: 5000 });
          expect(await sandbox.exec(['echo', 'room'])).toMatchObject({
            exitCode: 0,
            stdout: { text: 'room\n' },
          });
          expect(await printed('echo $((1 + 1))')).toContain('2\n');
          await sandbox.exec([
            '/bin/bash',
            '-c',
            'for file in /proc/[0-9]*/comm; do [[ $(<$file) == sleep ]] && kill -9 ${file//[^0-9]}; done',
          ]);
        });

        it('is interrupted when the caller gives up', async () => {
          const caller = new AbortController();
          const running = run('sleep 72005', { signal: caller.signal });
          while ((await processesWith('sleep 72005')) === 0);
          caller.abort();
          expect(await running).toMatchObject({ ending: 'cancelled', exitCode: undefined });
          expect(await processesWith('sleep 72005')).toBe(0);
        });

        it('does not begin when the caller has given up before', async () => {
          const signal = AbortSignal.abort(new Error('gave up'));
          await expect(run('touch /tmp/begun-in-shell', { signal })).rejects.toThrow('gave up');
          expect((await run('test -e /tmp/begun-in-shell')).exitCode).toBe(1);
        });

        it('ends what it runs when it is closed', async () => {
          const other = await sandbox.shell();
          const running = other.run('sleep 72008', { timeLimitMs: never });
          while ((await processesWith('sleep 72008')) === 0);
          await other.close();
          expect(await running).toMatchObject({ ending: 'cancelled' });
          expect(await processesWith('sleep 72008')).toBe(0);
          await expect(other.run('true')).rejects.toMatchObject({ code: 'sandbox-failed' });
        });

        it('runs one command at a time', async () => {
          const first = run('sleep 0.1; echo first');
          await expect(run('echo second')).rejects.toMatchObject({ code: 'sandbox-failed' });
          expect((await first).output.text).toBe('first\n');
        });
      });

      describe('driver', () => {
        it('keeps sandboxes apart, many at once', async () => {
          const all = await Promise.all(Array.from({ length: 8 }, () => driver.create(image)));
          await Promise.all(all.map((each, index) => each.write('/tmp/mine', String(index))));
          const contents = await Promise.all(
            all.map(async (each) => (await each.read('/tmp/mine')).toString()),
          );
          expect(contents).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
          await Promise.all(all.map((each) => each.destroy()));
        });

        it('shows what it is told to of the host, to be written to or not', async () => {
          const folder = await mkdtemp(path.join(tmpdir(), 'proctor-mounts-'));
          await mkdir(path.join(folder, 'in'));
          await mkdir(path.join(folder, 'out'));
          await writeFile(path.join(folder, 'in/given'), 'from the host');
          const other = await driver.create(image, {
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

        it('refuses work in a sandbox that was destroyed, and destroys it once', async () => {
          const other = await driver.create(image);
          await other.destroy();
          await other.destroy();
          await expect(other.exec(['true'])).rejects.toMatchObject({ code: 'sandbox-failed' });
          await expect(other.shell()).rejects.toMatchObject({ code: 'sandbox-failed' });
        });

        it('ends a command whose sandbox is destroyed under it', async () => {
          const other = await driver.create(image);
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
        ])(
          'tells that what ran in a sandbox has wrecked it where %s',
          async (_, wreck) => {
            const other = await driver.create(image);
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
              const other = await driver.create(image);
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
          await expect(driver.create('no-such-image-anywhere')).rejects.toMatchObject({
            code: 'sandbox-image-failed',
          });
        });

        it('starts nothing for a caller who has given up', async () => {
          await expect(
            driver.create(image, { signal: AbortSignal.abort(new Error('gave up')) }),
          ).rejects.toThrow('gave up');
        });
      });
    },
  );
}
