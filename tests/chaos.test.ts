import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { endProcess } from './fixtures/program.ts';
import { findProcesses } from './fixtures/processes.ts';
import { until } from './fixtures/until.ts';

const mainFile = fileURLToPath(new URL('../dist/chaos/main.js', import.meta.url));

/** The chaos suite as a program; `await using` ends it and whatever it started. */
function startChaos(words: readonly string[]) {
  const mark = randomUUID();
  const child = spawn(process.execPath, [mainFile, ...words], {
    env: { ...process.env, PROCTOR_TEST: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const processes = () => findProcesses(`PROCTOR_TEST=${mark}`);
  return {
    printed,
    exited,
    processes,
    interrupt: () => void child.kill('SIGINT'),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill('SIGKILL');
      await exited;
      for (const { pid } of processes()) endProcess(pid);
      await until('everything to be ended', () => processes().length === 0);
    },
  };
}

const folderOf = (stderr: string) => /everything in (\S+)/.exec(stderr)?.[1];

describe('the chaos suite', () => {
  it(
    'survives a minute of faults of every kind: no sample lost, no step played twice, nothing left',
    { timeout: 400_000 },
    async () => {
      await using chaos = startChaos(['--minutes', '1', '--seed', '2026']);
      const code = await chaos.exited;
      const { stdout, stderr } = chaos.printed;
      expect(code, stdout + stderr).toBe(0);
      const figure = (name: string) => Number(new RegExp(`^${name} +(\\d+)`, 'm').exec(stdout)?.[1]);
      expect(figure('samples')).toBe(400);
      for (const name of ['samples lost', 'samples doubled', 'steps doubled'])
        expect(figure(name), name).toBe(0);
      expect(figure('steps')).toBeGreaterThanOrEqual(2_400);
      expect(figure('steps under faults')).toBeGreaterThanOrEqual(200);
      expect(figure('faults survived')).toBeGreaterThanOrEqual(50);
      const counts = [...stdout.matchAll(/^(.+?) +(\d+) of \d+$/gm)].map(
        ([, name = '', count]) => [name, Number(count)] as const,
      );
      expect(counts).toHaveLength(13);
      for (const [name, count] of counts) {
        if (name.startsWith('fill') && stderr.includes('no small disk can be mounted')) continue;
        expect(count, name).toBeGreaterThanOrEqual(2);
      }
      expect(chaos.processes()).toEqual([]);
      expect(existsSync(folderOf(stderr) ?? '/')).toBe(false);
    },
  );

  it('leaves nothing when it is interrupted', async () => {
    await using chaos = startChaos(['--minutes', '1', '--seed', '1']);
    const folder = await until('the begin', () => folderOf(chaos.printed.stderr));
    await until('an assigner', () =>
      chaos.processes().some(({ commandLine }) => / assigner /.test(commandLine)),
    );
    chaos.interrupt();
    expect(await chaos.exited, chaos.printed.stderr).toBe(130);
    expect(chaos.processes()).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  it.each([['--minutes', '0'], ['--minutes', 'x'], ['--seed', '-1'], ['--what']])(
    '%s %s is wrong usage',
    async (...words) => {
      await using chaos = startChaos(words);
      expect(await chaos.exited).toBe(2);
      expect(chaos.printed.stderr).toMatch(/^usage: npm run chaos/);
    },
  );
});
