import { describe, expect, it } from 'vitest';
import { sleep } from '../base/index.ts';
import { controllerRoutes, TransportError } from '../protocol/index.ts';
import { EvaluationBench } from '../testing/evaluation-bench.ts';
import { FunctionTask } from '../testing/function-task.ts';
import { killAtRequest } from '../testing/killed-evaluation.ts';
import { TestSystem } from '../testing/test-system.ts';

describe('with the controller and worker of this program', () => {
  it('plays all samples, fails those that fail, and leaves no session', async () => {
    using bench = new EvaluationBench();
    await using system = new TestSystem({ clock: bench.clock });
    bench.transport = system.network.transport;
    const task = new FunctionTask({
      indices: [0, 1, 2, 3, 4, 5],
      async play(index, session) {
        await session.action({ role: 'user', content: 'first' });
        if (index === 1) throw new Error('the environment broke');
        const answer = await session.action({ role: 'user', content: 'second' });
        return { status: 'completed', result: { answer: answer.content } };
      },
    });
    await system.startWorker({ name: 't', task, concurrency: 2 });
    const summary = await bench.play({ controllerOf: () => system.controllerAddress });
    expect(summary.pairs[0]).toMatchObject({ total: 6, completed: 5, failed: 1, notPlayed: 0 });
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([
      {
        index: 1,
        error: 'INTERACT_FAILED',
        output: { index: 1, status: 'task error', history: [{ content: 'first' }, {}] },
      },
    ]);
    expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
  });

  it('goes on with its sessions when the controller is started anew while agents think', async () => {
    using bench = new EvaluationBench();
    await using system = new TestSystem({ clock: bench.clock });
    bench.transport = system.network.transport;
    await system.startWorker({
      name: 't',
      task: new FunctionTask({ indices: [0, 1, 2, 3] }),
      concurrency: 4,
    });
    let thinking = 0;
    bench.agents['a'] = {
      act: async () => {
        await sleep(bench.clock, 100);
        if (++thinking === 4) system.startController();
        return { status: 'normal', content: 'ok' };
      },
    };
    const summary = await bench.play({ controllerOf: () => system.controllerAddress });
    expect(summary.pairs[0]).toMatchObject({ total: 4, completed: 4, failed: 0 });
    expect(thinking).toBe(4);
  });

  it('goes on when the controller is killed between a start on the worker and its own reply', async () => {
    using bench = new EvaluationBench();
    await using system = new TestSystem({ clock: bench.clock });
    await system.startWorker({
      name: 't',
      task: new FunctionTask({ indices: [0, 1, 2, 3] }),
      concurrency: 1,
    });
    let starts = 0;
    bench.transport = async (request) => {
      const reply = await system.network.transport(request);
      if (!request.url.endsWith('/start_sample') || ++starts !== 2) return reply;
      system.startController();
      throw new TransportError('lost', 'other side closed');
    };
    const startMs = bench.clock.now();
    const summary = await bench.play({ controllerOf: () => system.controllerAddress, autoRetry: true });
    expect(summary.pairs[0]).toMatchObject({ total: 4, completed: 4 });
    expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
    // By the next heartbeat, not by the expiry of a session that nobody plays.
    expect(bench.clock.now() - startMs).toBeLessThan(60_000);
  });

  /** Six samples of three turns, and a note of each answer that the task took. */
  async function startCounted(system: TestSystem): Promise<{ readonly taken: string[] }> {
    const taken: string[] = [];
    const task = new FunctionTask({
      indices: [0, 1, 2, 3, 4, 5],
      async play(index, session) {
        for (const turn of [1, 2, 3]) {
          await session.action({ role: 'user', content: `turn ${turn}` });
          if (session.signal.aborted) return { status: 'unknown', result: null };
          taken.push(`${index}:${turn}`);
          await sleep(system.clock, 100);
        }
        return { status: 'completed', result: null };
      },
    });
    await system.startWorker({ name: 't', task, concurrency: 3 });
    return { taken };
  }
  const all = [0, 1, 2, 3, 4, 5].flatMap((index) => [1, 2, 3].map((turn) => `${index}:${turn}`));

  // From the first start to the last turn.
  it.each([4, 5, 7, 9, 12, 16, 20, 24, 26])(
    'goes on where an evaluation was killed, and plays no turn twice: at request %i',
    async (request) => {
      using killed = new EvaluationBench();
      await using system = new TestSystem({ clock: killed.clock });
      killed.transport = system.network.transport;
      const { taken } = await startCounted(system);
      const plan = { controllerOf: () => system.controllerAddress };
      const { folder, answered } = await killAtRequest(killed, request, plan);
      using again = new EvaluationBench({ clock: killed.clock });
      again.transport = system.network.transport;
      const asked: string[] = [];
      again.agents['a'] = {
        act: (history, { index }) => {
          asked.push(`${index}:${history.length / 2 + 0.5}`);
          return Promise.resolve({ status: 'normal', content: 'ok' });
        },
      };
      const summary = await again.play({ ...plan, folder });
      expect(summary.pairs[0]).toMatchObject({ total: 6, completed: 6, failed: 0 });
      expect(taken.toSorted()).toEqual(all);
      expect(asked.filter((turn) => answered.includes(turn))).toEqual([]);
      expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
    },
  );

  it('plays no turn twice when controllers die and connections break at any moment', async () => {
    using bench = new EvaluationBench();
    await using system = new TestSystem({ clock: bench.clock });
    const { taken } = await startCounted(system);
    let requests = 0;
    bench.transport = async (request) => {
      const reply = await system.network.transport(request);
      if (!/start_sample|interact/.test(request.url) || ++requests % 3 !== 0) return reply;
      if (requests % 9 === 0) system.startController({ keepStore: true });
      throw new TransportError('lost', 'other side closed');
    };
    const summary = await bench.play({ controllerOf: () => system.controllerAddress });
    expect(summary.pairs[0]).toMatchObject({ total: 6, completed: 6, failed: 0 });
    expect(taken.toSorted()).toEqual(all);
    expect(requests).toBeGreaterThan(24);
    expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
  });
});
