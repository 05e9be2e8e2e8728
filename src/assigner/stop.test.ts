import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TransportError } from '../protocol/index.ts';
import { answering, EvaluationBench } from '../testing/evaluation-bench.ts';
import { chooseExitCode } from './summary.ts';

/** Answers as soon as it is told to, or never. */
function makeSlowAgent() {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let isAborted = false;
  const act = async (_history: unknown, { signal }: { signal: AbortSignal }) => {
    signal.addEventListener('abort', () => (isAborted = true));
    await released;
    return { status: 'normal' as const, content: 'ok' };
  };
  return { agent: { act }, release, wasAborted: () => isAborted };
}

describe('an interruption', () => {
  it('starts nothing new, cancels what runs, and records none of it', async () => {
    using bench = new EvaluationBench();
    const slow = makeSlowAgent();
    bench.agents['a'] = slow.agent;
    const playing = bench.start();
    await bench.idle();
    expect(bench.controller.sessions.size).toBe(2);
    // A line for each start and one for each session's id.
    expect(bench.lines('.sessions.jsonl')).toHaveLength(4);
    bench.stop.abort();
    const summary = await bench.finish(playing);
    expect(slow.wasAborted()).toBe(true);
    expect(bench.controller.sessions.size).toBe(0);
    expect(bench.started).toHaveLength(2);
    expect(bench.has('a/t/runs.jsonl') || bench.has('a/t/error.jsonl')).toBe(false);
    expect(summary).toMatchObject({ interrupted: true, pairs: [{ completed: 0, failed: 0, notPlayed: 4 }] });
    expect(chooseExitCode(summary)).toBe(130);
    expect(bench.has('.lock') || bench.has('.sessions.jsonl')).toBe(false);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('lets the same command go on later', async () => {
    using bench = new EvaluationBench();
    bench.observer = { sampleEnd: () => bench.stop.abort() };
    const summary = await bench.play();
    expect(summary.interrupted).toBe(true);
    const done = bench.lines('a/t/runs.jsonl').length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(4);
    using again = new EvaluationBench();
    const resumed = await again.play({ folder: bench.folder });
    expect(resumed.pairs[0]?.completed).toBe(4);
    expect(again.started).toHaveLength(4 - done);
  });

  it('waits for the reply to a start, so as to know which session to cancel', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0], capacity: 1 });
    let finishStart: (nothing: undefined) => void = () => undefined;
    const starting = new Promise<undefined>((resolve) => (finishStart = resolve));
    bench.controller.answer = ({ path }) => (path === '/start_sample' ? starting : undefined);
    const playing = bench.start();
    await bench.idle();
    bench.stop.abort();
    await bench.idle();
    finishStart(undefined);
    expect((await bench.finish(playing)).interrupted).toBe(true);
    expect(bench.controller.count('/cancel')).toBe(1);
    expect(bench.controller.sessions.size).toBe(0);
  });

  it('ends although nothing answers any more', async () => {
    using bench = new EvaluationBench();
    bench.agents['a'] = makeSlowAgent().agent;
    const playing = bench.start();
    await bench.idle();
    bench.controller.answer = () => new Promise(() => undefined);
    const startMs = bench.clock.now();
    bench.stop.abort();
    const summary = await bench.finish(playing);
    expect(summary.interrupted).toBe(true);
    expect(bench.clock.now() - startMs).toBeLessThanOrEqual(61_000);
    expect(bench.lines('.sessions.jsonl').filter((line) => line['event'] === 'start')).toHaveLength(2);
  });

  it('breaks off the waits: for a controller, for a slot, for a retry', async () => {
    for (const prepare of [
      (bench: EvaluationBench) => void (bench.controller.isDown = true),
      (bench: EvaluationBench) => void bench.controller.tasks.set('t', { indices: [0], capacity: 0 }),
      (bench: EvaluationBench) =>
        void (bench.agents['a'] = { act: () => Promise.reject(new TypeError('fetch failed')) }),
      (bench: EvaluationBench) => void bench.controller.tasks.clear(),
    ]) {
      using bench = new EvaluationBench();
      prepare(bench);
      const playing = bench.start({ autoRetry: true });
      await bench.idle();
      bench.stop.abort();
      await bench.idle();
      expect((await playing).interrupted).toBe(true);
      expect(bench.clock.pendingTimers).toBe(0);
      expect(bench.has('.lock')).toBe(false);
    }
  });
});

describe('a full disk', () => {
  it('stops the evaluation, says so, and leaves whole lines and no session', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0, 1, 2, 3, 4, 5], capacity: 1 });
    bench.failWrite = (file) =>
      file.endsWith('runs.jsonl') &&
      bench.fileEvents.filter((event) => event === 'write runs.jsonl').length >= 2
        ? Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
        : undefined;
    const summary = await bench.play();
    expect(summary.stoppedBy).toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('runs.jsonl') as unknown,
    });
    expect(chooseExitCode(summary)).toBe(1);
    expect(bench.text('a/t/runs.jsonl').endsWith('}\n')).toBe(true);
    expect(bench.lines('a/t/runs.jsonl').map((line) => line['index'])).toEqual([0, 1]);
    expect(summary.pairs[0]).toMatchObject({ completed: 2, notPlayed: 4 });
    expect(bench.controller.sessions.size).toBe(0);
    expect(bench.has('.lock')).toBe(false);
    bench.failWrite = () => undefined;
    expect((await bench.play()).pairs[0]?.completed).toBe(6);
  });

  it('ends a session also when even the journal cannot be written', async () => {
    using bench = new EvaluationBench();
    bench.failWrite = (file) =>
      file.endsWith('.sessions.jsonl') && bench.controller.sessions.size > 0
        ? Object.assign(new Error('full'), { code: 'ENOSPC' })
        : undefined;
    const summary = await bench.play();
    expect(summary.stoppedBy).toMatchObject({ code: 'disk-full' });
    expect(bench.controller.count('/start_sample')).toBeGreaterThan(0);
    expect(bench.controller.sessions.size).toBe(0);
  });

  it('starts no session that is not written down', async () => {
    using bench = new EvaluationBench();
    bench.failWrite = (file) =>
      file.endsWith('.sessions.jsonl') ? Object.assign(new Error('full'), { code: 'ENOSPC' }) : undefined;
    expect((await bench.play()).stoppedBy).toMatchObject({ code: 'disk-full' });
    expect(bench.controller.count('/start_sample')).toBe(0);
  });
});

describe('a disk that is really full', () => {
  it('stops the evaluation, says so, and lets it go on once there is room', async ({ skip }) => {
    using bench = new EvaluationBench();
    const disk = join(bench.root, 'disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      skip('a small disk of its own cannot be mounted here');
    }
    try {
      const indices = Array.from({ length: 60 }, (_, index) => index);
      bench.controller.tasks.set('t', { indices, capacity: 4 });
      bench.agents['a'] = answering('x'.repeat(2_000));
      const folder = join(disk, 'out');
      const summary = await bench.play({ folder });
      expect(summary.stoppedBy).toMatchObject({ code: 'disk-full' });
      expect(chooseExitCode(summary)).toBe(1);
      expect(bench.controller.sessions.size).toBe(0);
      const completed = summary.pairs[0]?.completed ?? 0;
      const readLines = () => readFileSync(join(folder, 'a/t/runs.jsonl'), 'utf8').trimEnd().split('\n');
      expect(completed).toBeGreaterThan(0);
      expect(readLines().map((line) => (JSON.parse(line) as { error: null }).error)).toEqual(
        Array.from({ length: completed }, () => null),
      );
      execFileSync('mount', ['-o', 'remount,size=4m', disk], { stdio: 'ignore' });
      expect((await bench.play({ folder })).pairs[0]?.completed).toBe(60);
      expect(readLines()).toHaveLength(60);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

describe('a fault of the program itself', () => {
  it('is thrown after everything was ended', async () => {
    using bench = new EvaluationBench();
    bench.controller.answer = ({ path }) => {
      if (path === '/interact') return new RangeError('a bug');
      return path === '/never' ? new TransportError('lost', '') : undefined;
    };
    await expect(bench.play()).rejects.toThrow('a bug');
    expect(bench.controller.sessions.size).toBe(0);
    expect(bench.has('.lock')).toBe(false);
  });
});
