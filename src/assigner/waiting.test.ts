import { describe, expect, it } from 'vitest';
import { controllerRoutes, type TransportRequest } from '../protocol/index.ts';
import { EvaluationBench } from '../testing/evaluation-bench.ts';
import { createGate, FunctionTask } from '../testing/function-task.ts';
import { TestSystem } from '../testing/test-system.ts';

/** Another client takes the only slot between the evaluation's look at the slots and its first start. */
async function makeContest(bench: EvaluationBench) {
  const system = new TestSystem({ clock: bench.clock });
  await system.startWorker({ name: 't', task: new FunctionTask({ indices: [0, 1] }), concurrency: 1 });
  const starts: TransportRequest[] = [];
  let other = 0;
  const gate = createGate();
  bench.transport = async (request) => {
    if (request.url.endsWith('/start_sample')) {
      const body = { name: 't', index: 1 };
      if (starts.push(request) === 1)
        other = (await system.ask(controllerRoutes.startSample, { body })).session_id;
      gate.open();
    }
    return system.network.transport(request);
  };
  const plan = { controllerOf: () => system.controllerAddress };
  const endOther = () => system.ask(controllerRoutes.cancel, { body: { session_id: other } });
  const whenStarting = () => bench.finish(gate.passed);
  return { system, starts, plan, endOther, whenStarting };
}

describe('a start for which no slot is free', () => {
  it.each([
    ['waits at the controller, and needs no second request', { waitedMs: 2_000, startsInAll: 2 }],
    ['is given back after its time, and asked for again', { waitedMs: 8_000, startsInAll: 3 }],
  ])('%s', async (_what, { waitedMs, startsInAll }) => {
    using bench = new EvaluationBench();
    const { system, starts, plan, endOther, whenStarting } = await makeContest(bench);
    await using _ = system;
    const playing = bench.start(plan);
    await whenStarting();
    await bench.clock.advance(waitedMs);
    expect(starts).toHaveLength(1);
    expect(bench.has('a/t/error.jsonl')).toBe(false);
    await endOther();
    expect((await bench.finish(playing)).pairs[0]).toMatchObject({ total: 2, completed: 2, failed: 0 });
    expect(starts).toHaveLength(startsInAll);
  });

  it('leaves the queue when the evaluation stops, which does not wait for it', async () => {
    using bench = new EvaluationBench();
    const { system, starts, plan, endOther, whenStarting } = await makeContest(bench);
    await using _ = system;
    const playing = bench.start(plan);
    await whenStarting();
    await bench.clock.advance(2_000);
    const stoppedMs = bench.clock.now();
    bench.stop.abort();
    expect((await bench.finish(playing)).interrupted).toBe(true);
    expect(bench.clock.now() - stoppedMs).toBeLessThan(1_000);
    expect(bench.has('.sessions.jsonl')).toBe(false);
    await endOther();
    await bench.clock.advance(0);
    expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
    expect(starts).toHaveLength(1);
  });

  it('ends with its session when the evaluation stops as it is begun', async () => {
    using bench = new EvaluationBench();
    await using system = new TestSystem({ clock: bench.clock });
    const begun = createGate();
    const task = new FunctionTask({
      indices: [0],
      play: async (_index, session) => {
        begun.open();
        await new Promise<void>((resolve) => session.signal.addEventListener('abort', () => resolve()));
        return { status: 'completed', result: 'ended' };
      },
    });
    await system.startWorker({ name: 't', task, concurrency: 1 });
    bench.transport = system.network.transport;
    const playing = bench.start({ controllerOf: () => system.controllerAddress });
    await bench.finish(begun.passed);
    bench.stop.abort();
    const summary = await bench.finish(playing);
    expect(summary).toMatchObject({ interrupted: true, pairs: [{ completed: 0, failed: 0, notPlayed: 1 }] });
    expect(bench.has('a/t/runs.jsonl') || bench.has('.sessions.jsonl')).toBe(false);
    expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
  });
});

describe('a start', () => {
  it.each([
    [true, 5_000, 905_000],
    [false, undefined, 900_000],
  ])('may wait, and for longer than a reply takes, only where the controller says so: %s', async (...row) => {
    const [waits, wait, timeoutMs] = row;
    using bench = new EvaluationBench();
    const version = { name: 'proctor', version: '1', turns: true, waits };
    bench.controller.answer = ({ path }) => (path === '/version' ? version : undefined);
    await bench.play();
    const start = bench.controller.calls.find(({ path }) => path === '/start_sample');
    expect(start).toMatchObject({ timeoutMs });
    expect(start?.body['wait']).toBe(wait);
  });
});
