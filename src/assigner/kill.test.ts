import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EvaluationBench } from '../testing/evaluation-bench.ts';

const indices = Array.from({ length: 12 }, (_, index) => index);

/** Plays until the given request and leaves everything as `kill -9` would at that moment: files, sessions, the lock. */
async function playUntil(bench: EvaluationBench, request: number, into: string): Promise<void> {
  let requests = 0;
  let die: () => void = () => undefined;
  const dead = new Promise<void>((resolve) => (die = resolve));
  bench.transport = async (call) => {
    // The request that it dies at is carried out, but nobody reads the reply.
    const reply = await bench.controller.transport(call);
    if (++requests !== request) return reply;
    cpSync(bench.folder, into, { recursive: true });
    die();
    return new Promise(() => undefined);
  };
  void bench.start().catch(() => undefined);
  await dead;
}

/** Makes the lock that of a process that is gone. */
function orphanLock(folder: string): void {
  const lock = join(folder, '.lock');
  const deadPid = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();
  const text = readFileSync(lock, 'utf8').replace(`"pid":${process.pid}`, `"pid":${deadPid}`);
  expect(text).toContain(`"pid":${deadPid}`);
  writeFileSync(lock, text);
}

describe('the same command after a kill', () => {
  it.each([3, 4, 7, 10, 15, 22, 30, 38])(
    'plays what is missing, and nothing twice: at request %i',
    async (request) => {
      using killed = new EvaluationBench();
      const { controller } = killed;
      controller.tasks.set('t', { indices, capacity: 3 });
      const folder = join(killed.root, 'copy');
      await playUntil(killed, request, folder);
      orphanLock(folder);

      using again = new EvaluationBench();
      again.transport = controller.transport;
      const summary = await again.play({ folder, controllerOf: () => controller.address });
      expect(summary.pairs[0]).toMatchObject({ total: 12, completed: 12, failed: 0, notPlayed: 0 });
      const runs = readFileSync(join(folder, 'a/t/runs.jsonl'), 'utf8').trimEnd().split('\n');
      const played = runs.map((line) => (JSON.parse(line) as { index: number }).index);
      expect(played.toSorted((left, right) => left - right)).toEqual(indices);
    },
  );

  it.each([
    ['whose first turn it was playing', 4],
    // After get_indices and list_workers: its id is nowhere on disk.
    ['whose start was not answered yet', 3],
  ])('does not wait for the slot of a dead session %s', async (_which, request) => {
    using killed = new EvaluationBench();
    const { controller } = killed;
    controller.tasks.set('t', { indices, capacity: 1 });
    const folder = join(killed.root, 'copy');
    await playUntil(killed, request, folder);
    expect(controller.sessions.size).toBe(1);
    orphanLock(folder);
    using again = new EvaluationBench();
    again.transport = controller.transport;
    const startMs = again.clock.now();
    const summary = await again.play({ folder, controllerOf: () => controller.address });
    expect(summary.pairs[0]).toMatchObject({ completed: 12, failed: 0 });
    expect(again.clock.now()).toBe(startMs);
    expect(controller.sessions.size).toBe(0);
  });
});
