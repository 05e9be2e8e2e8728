import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandResult, Shell } from '../contract.ts';
import { gibibyte, never, soon, type SandboxWorld } from './world.ts';

/** What every driver promises of the shell that stays. */
export function describeShell(world: SandboxWorld): void {
  describe('shell', () => {
    let shell: Shell;
    const run = (command: string, options = {}): Promise<CommandResult> =>
      shell.run(command, { timeLimitMs: never, ...options });
    const printed = async (command: string) => (await run(command)).output.text;

    beforeAll(async () => {
      shell = await world.sandbox.shell();
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
      await run('(while [ ! -e /tmp/go ]; do sleep 0.01; done; echo late; echo done >/tmp/gone) & job=$!');
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
      expect(await world.processesWith('sleep 72002')).toBe(0);
      expect(await world.processesWith('sleep 72001')).toBe(1);
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
      expect(await world.processesWith('sleep 72006')).toBe(0);
      expect(await run('exit 6')).toMatchObject({ ending: 'shell-ended' });
    });

    it('ends with exit, although a job of it holds the output open', async () => {
      expect(await run('setsid sleep 72003 & exit 5')).toMatchObject({
        ending: 'shell-ended',
        exitCode: 5,
      });
      expect(await world.processesWith('sleep 72003')).toBe(1);
    });

    it('does not wait for a daemon that holds the output open', async () => {
      expect(await run('setsid sleep 72004 & echo started')).toMatchObject({ ending: 'exited' });
      expect(await world.processesWith('sleep 72004')).toBe(1);
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
      const { ending } = await run(
        'bomb() { sleep 72006 & bomb | bomb & }; bomb; while :; do sleep 0.1; done',
        {
          timeLimitMs: 1500,
        },
      );
      expect(ending).toBe('time-limit');
      expect(await printed('echo still here')).toContain('still here\n');
      expect(await world.processesWith('sleep 72006')).toBe(0);
    });

    it('has room for the next program after a job that leaves none', async () => {
      const fill = 'for ((i = 0; i < 300; i++)); do sleep 72007 & done';
      // It complains when it gets no more.
      const filled = await run(`(${fill}) 2>/tmp/complaints & until [[ -s /tmp/complaints ]]; do :; done`);
      expect(filled.ending).toBe('exited');
      expect(await world.sandbox.exec(['echo', 'room'])).toMatchObject({
        exitCode: 0,
        stdout: { text: 'room\n' },
      });
      expect(await printed('echo $((1 + 1))')).toContain('2\n');
      expect(await world.processesWith('sleep 72007')).toBe(0);
    });

    it('is interrupted when the caller gives up', async () => {
      const caller = new AbortController();
      const running = run('sleep 72005', { signal: caller.signal });
      while ((await world.processesWith('sleep 72005')) === 0);
      caller.abort();
      expect(await running).toMatchObject({ ending: 'cancelled', exitCode: undefined });
      expect(await world.processesWith('sleep 72005')).toBe(0);
    });

    it('does not begin when the caller has given up before', async () => {
      const signal = AbortSignal.abort(new Error('gave up'));
      await expect(run('touch /tmp/begun-in-shell', { signal })).rejects.toThrow('gave up');
      expect((await run('test -e /tmp/begun-in-shell')).exitCode).toBe(1);
    });

    it('ends what it runs when it is closed', async () => {
      const other = await world.sandbox.shell();
      const running = other.run('sleep 72008', { timeLimitMs: never });
      while ((await world.processesWith('sleep 72008')) === 0);
      await other.close();
      expect(await running).toMatchObject({ ending: 'cancelled' });
      expect(await world.processesWith('sleep 72008')).toBe(0);
      await expect(other.run('true')).rejects.toMatchObject({ code: 'sandbox-failed' });
    });

    it('runs one command at a time', async () => {
      const first = run('sleep 0.1; echo first');
      await expect(run('echo second')).rejects.toMatchObject({ code: 'sandbox-failed' });
      expect((await first).output.text).toBe('first\n');
    });
  });
}
