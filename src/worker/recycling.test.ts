import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import { createHttpServer } from '../http/index.ts';
import { callRoute, workerRoutes, type Transport } from '../protocol/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createGate, FunctionTask } from '../testing/function-task.ts';
import { createTaskWorker, type TaskWorkerDependencies } from './index.ts';

const lingerMs = 1_000;

async function host(settings: Partial<TaskWorkerDependencies>) {
  const clock = new FakeClock();
  const worker = await createTaskWorker({
    name: 'task',
    task: new FunctionTask(),
    concurrency: 2,
    clock,
    log: silentLogger,
    options: { lingerMs },
    ...settings,
  });
  const told: unknown[] = [];
  const transport: Transport = (request) => {
    told.push((JSON.parse(request.body as string) as { concurrency: number }).concurrency);
    return Promise.resolve({ status: 200, text: 'null' });
  };
  worker.introduce({ transport, address: 'http://controller/api' }, 'http://me/api');
  let isWornOut = false;
  void worker.wornOut.then(() => (isWornOut = true));
  const peer = {
    transport: createHttpServer(workerRoutes, worker.handlers, { log: silentLogger }).transport,
    address: 'http://worker/api',
  };
  return {
    clock,
    worker,
    told,
    isWornOut: () => isWornOut,
    start: (session_id: number) =>
      callRoute(peer, workerRoutes.startSample, { body: { index: 0, session_id }, timeoutMs: 1000 }),
    answer: (session_id: number, turn?: number) =>
      callRoute(peer, workerRoutes.interact, {
        body: { session_id, turn, agent_response: { status: 'normal', content: 'x' } },
        timeoutMs: 1000,
      }),
    score: () =>
      callRoute(peer, workerRoutes.calculateOverall, {
        body: { name: 'task', results: [] },
        timeoutMs: 1000,
      }),
  };
}

const draining = { status: 406, detail: 'Worker is shutting down' };

describe('a worker that is to be replaced', () => {
  it('takes nothing new after so many samples, says so at once, and ends after those under way', async () => {
    const { clock, worker, told, isWornOut, start, answer } = await host({ recycle: { samples: 1 } });
    await start(1);
    await start(2);
    await answer(1);
    await clock.advance(0);
    expect(told).toEqual([2, 0]);
    await expect(start(3)).rejects.toMatchObject(draining);
    await clock.advance(20_000);
    expect(told.every((concurrency, position) => position === 0 || concurrency === 0)).toBe(true);
    expect(isWornOut()).toBe(false);
    const last = await answer(2, 1);
    await clock.advance(lingerMs - 1);
    expect(await answer(2, 1)).toEqual(last);
    expect(isWornOut()).toBe(false);
    await clock.advance(1);
    expect(isWornOut()).toBe(true);
    await worker.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is so after its time, also when it plays nothing', async () => {
    const { clock, isWornOut, start } = await host({ recycle: { minutes: 2 } });
    await clock.advance(119_999);
    expect(isWornOut()).toBe(false);
    await clock.advance(1);
    await expect(start(1)).rejects.toMatchObject(draining);
    await clock.advance(lingerMs);
    expect(isWornOut()).toBe(true);
  });

  it('is so when it has grown too large, which is looked at when a sample ends and every ten seconds', async () => {
    for (const growsBeforeEnd of [true, false]) {
      let rssBytes = 99 * 2 ** 20;
      const { clock, start, answer, isWornOut } = await host({
        recycle: { rssMiB: 100 },
        readRssBytes: () => rssBytes,
      });
      await start(1);
      if (growsBeforeEnd) rssBytes = 100 * 2 ** 20;
      await answer(1);
      if (!growsBeforeEnd) {
        rssBytes = 100 * 2 ** 20;
        await clock.advance(10_000);
      }
      await clock.advance(lingerMs);
      expect(isWornOut()).toBe(true);
    }
  });

  it('is never so by its size before it has played: a fresh one would be no smaller', async () => {
    const { clock, isWornOut } = await host({ recycle: { rssMiB: 100 }, readRssBytes: () => 2 ** 30 });
    await clock.advance(60_000);
    expect(isWornOut()).toBe(false);
  });

  it('ends after the scoring that is under way', async () => {
    const gate = createGate();
    const task = new FunctionTask({ overall: () => gate.passed.then(() => ({ score: 1 })) });
    const { clock, isWornOut, score } = await host({ task, recycle: { minutes: 1 } });
    const scoring = score();
    await clock.advance(300_000);
    expect(isWornOut()).toBe(false);
    gate.open();
    expect(await scoring).toEqual({ score: 1 });
    await clock.advance(lingerMs);
    expect(isWornOut()).toBe(true);
  });
});

it('a worker that is to be replaced does not wait for a sample that ignores its cancel', async () => {
  const task = new FunctionTask({ play: () => new Promise(() => undefined) });
  const { clock, worker, isWornOut, start } = await host({
    task,
    recycle: { minutes: 1 },
    options: { lingerMs: 0 },
  });
  void start(1).catch(() => undefined);
  await clock.advance(61_000);
  expect(isWornOut()).toBe(false);
  const cancelling = Promise.resolve(
    worker.handlers.cancel({ body: { session_id: 1 } } as Parameters<typeof worker.handlers.cancel>[0]),
  );
  const unfinished = expect(cancelling).rejects.toMatchObject({ status: 504 });
  await clock.advance(31_000);
  await unfinished;
  expect(isWornOut()).toBe(true);
  void worker.close();
  await clock.advance(20_000);
});
