import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../base/index.ts';
import type { ProcessCommand } from './process-command.ts';
import { startProcess, type RunningProcess } from './process-launcher.ts';

interface Started extends RunningProcess {
  /** Resolves with the first line that matches. */
  line(pattern: RegExp): Promise<string>;
  readonly lines: readonly string[];
  readonly listening: Promise<number>;
  readonly pong: Promise<void>;
}

function start(script: string, changes: Partial<ProcessCommand> = {}): Started {
  const lines: string[] = [];
  const waiters: (() => void)[] = [];
  let onListening: (port: number) => void = () => undefined;
  const listening = new Promise<number>((resolve) => (onListening = resolve));
  let onPong: () => void = () => undefined;
  const pong = new Promise<void>((resolve) => (onPong = resolve));
  const running = startProcess(
    {
      label: 'test',
      command: process.execPath,
      arguments: ['-e', script],
      environment: { PATH: process.env['PATH'] },
      folder: process.cwd(),
      hasChannel: false,
      ...changes,
    },
    {
      onLine: (line) => {
        lines.push(line);
        for (const wake of waiters) wake();
      },
      onListening,
      onPong,
    },
    systemClock,
  );
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      const look = () => {
        const found = lines.find((candidate) => pattern.test(candidate));
        if (found !== undefined) resolve(found);
      };
      waiters.push(look);
      look();
    });
  return { ...running, line, lines, listening, pong };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const waitForever = 'setInterval(() => {}, 1000);';
/** Starts a grandchild (which leaves the group when `detached`), prints its pid and goes on. */
const withGrandchild = (detached: boolean) => `
  const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(waitForever)}],
    { detached: ${detached}, stdio: 'ignore' });
  console.log('grandchild ' + child.pid);`;

async function grandchildOf(running: Started): Promise<number> {
  return Number((await running.line(/^grandchild/)).split(' ')[1]);
}

describe('startProcess', () => {
  it('gives each line of both outputs, the last one also without its end', async () => {
    const running = start(`process.stdout.write('one\\r\\ntwo'); process.stderr.write('three\\n');`);
    expect(await running.exited).toEqual({ code: 0, signal: null });
    expect([...running.lines].sort()).toEqual(['one', 'three', 'two']);
  });

  it('says why a program cannot be started', async () => {
    const running = start('', { command: 'no-such-program' });
    expect(await running.exited).toMatchObject({ reason: 'spawn no-such-program ENOENT' });
  });

  it('hears on which port one of ours listens', async () => {
    const running = start(
      `process.send({ type: 'listening', port: 4711 }); process.on('disconnect', () => {});`,
      {
        hasChannel: true,
      },
    );
    expect(await running.listening).toBe(4711);
    await running.stop(5_000);
  });

  it('hears the answer to a ping, and bears one to a program that is gone', async () => {
    const running = start(
      `process.on('message', ({ type }) => process.send({ type: type === 'ping' ? 'pong' : '' }));`,
      { hasChannel: true },
    );
    running.ping();
    await running.pong;
    running.kill();
    await running.exited;
    running.ping();
  });

  it('lets a program end by itself when it obeys', async () => {
    const running = start(`process.on('SIGTERM', () => { console.log('bye'); process.exit(7); });
      console.log('up'); ${waitForever}`);
    await running.line(/^up/);
    await running.stop(30_000);
    expect(await running.exited).toEqual({ code: 7, signal: null });
    expect(running.lines).toContain('bye');
  });

  it('ends a program that does not obey, and its grandchild', async () => {
    const running = start(`process.on('SIGTERM', () => {}); ${withGrandchild(false)} ${waitForever}`);
    const grandchild = await grandchildOf(running);
    await running.stop(50);
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await gone(grandchild);
  });

  it.runIf(existsSync('/proc/self/stat'))('ends a grandchild that left the process group', async () => {
    const running = start(`${withGrandchild(true)} ${waitForever}`);
    const grandchild = await grandchildOf(running);
    running.kill();
    await running.exited;
    await gone(grandchild);
  });

  it.runIf(existsSync('/proc/self/stat'))('ends what a crashed program left behind', async () => {
    const running = start(`${withGrandchild(true)} process.exitCode = 3; child.unref();`);
    const grandchild = await grandchildOf(running);
    expect(await running.exited).toEqual({ code: 3, signal: null });
    await gone(grandchild);
  });
});

/** A killed process is seen until whoever adopted it has taken note. */
async function gone(pid: number): Promise<void> {
  await expect.poll(() => isAlive(pid) && !isZombie(pid), { timeout: 5_000 }).toBe(false);
}

function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true;
  }
}
