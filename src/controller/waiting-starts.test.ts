import { describe, expect, it } from 'vitest';
import { controllerRoutes, TransportError, type AgentOutput } from '../protocol/index.ts';
import { createGate, FunctionTask } from '../testing/function-task.ts';
import { TestSystem } from '../testing/test-system.ts';

const normal = (content: string): AgentOutput => ({ status: 'normal', content });
const indices = [0, 1, 2, 3, 4, 5];

/** Asks once; its samples end with the first answer. */
const asking = () =>
  new FunctionTask({
    indices,
    play: async (_index, session) => {
      const { status } = await session.action({ role: 'user', content: 'first?' });
      return { status: status === 'cancelled' ? 'unknown' : 'completed', result: null };
    },
  });

interface Start {
  readonly index: number;
  readonly wait?: number;
  readonly start_id?: string;
  readonly owner?: string;
}

/** Starts, with a note of what was answered in which order. */
function watchStarts(system: TestSystem) {
  const answered: (number | string)[] = [];
  const ids = new Map<number, number>();
  const settle = (start: Start, reply: Promise<{ readonly session_id: number }>) =>
    reply.then(
      ({ session_id }) => {
        answered.push(start.index);
        ids.set(start.index, session_id);
      },
      (error: unknown) => answered.push(`${start.index}: ${(error as { readonly status: number }).status}`),
    );
  return {
    answered,
    ask: async (start: Start) => {
      void settle(start, system.ask(controllerRoutes.startSample, { body: { name: 'task', ...start } }));
      await system.clock.advance(0);
    },
    /** As from a client of which is known whether it still waits. */
    askAs: async (start: Start, isClientGone: () => boolean) => {
      const call = { body: { name: 'task', ...start, owner: start.owner, start_id: start.start_id } };
      const reply = system.handlers.startSample({ ...call, query: undefined, bodyText: '', isClientGone });
      void settle(
        start,
        Promise.resolve(reply as Promise<{ readonly text: string }>).then(
          ({ text }) => JSON.parse(text) as { readonly session_id: number },
        ),
      );
      await system.clock.advance(0);
    },
    end: async (index: number) => {
      const body = { session_id: ids.get(index) ?? 0, agent_response: normal('x') };
      await system.ask(controllerRoutes.interact, { body });
      await system.clock.advance(0);
    },
  };
}

async function makeFull(settings: ConstructorParameters<typeof TestSystem>[0] = {}) {
  const system = new TestSystem(settings);
  const { worker } = await system.startWorker({ name: 'task', task: asking(), concurrency: 1 });
  const starts = watchStarts(system);
  await starts.ask({ index: 0 });
  return { system, worker, ...starts };
}

describe('starts that wait', () => {
  it('get the slots that become free in the order in which they came', async () => {
    const { system, answered, ask, end } = await makeFull();
    await using _ = system;
    for (const index of [1, 2, 3]) await ask({ index, wait: 60_000 });
    expect(answered).toEqual([0]);
    for (const index of [0, 1, 2]) await end(index);
    expect(answered).toEqual([0, 1, 2, 3]);
  });

  it('are not overtaken, neither by one that would not wait nor by one that asks as a slot is freed', async () => {
    const { system, answered, ask, end } = await makeFull();
    await using _ = system;
    await ask({ index: 1, wait: 60_000 });
    await ask({ index: 2 });
    const ending = end(0);
    const late = [ask({ index: 3 }), ask({ index: 4, wait: 60_000 })];
    await Promise.all([ending, ...late]);
    expect(answered).toEqual([0, '2: 406', '3: 406', 1]);
    await end(1);
    expect(answered.at(-1)).toBe(4);
  });

  it('make one request to the controller and one to the worker', async () => {
    const { system, ask, end } = await makeFull();
    await using _ = system;
    const before = system.network.count('/start_sample');
    await ask({ index: 1, wait: 60_000 });
    await end(0);
    expect(system.network.count('/start_sample') - before).toBe(2);
  });

  it('are refused after their time, and leave the others their places', async () => {
    const { system, answered, ask, end } = await makeFull();
    await using _ = system;
    await ask({ index: 1, wait: 5_000 });
    await ask({ index: 2, wait: 60_000 });
    await system.clock.advance(4_999);
    expect(answered).toEqual([0]);
    await system.clock.advance(1);
    expect(answered).toEqual([0, '1: 406']);
    await end(0);
    expect(answered.at(-1)).toBe(2);
  });

  it('are told what those are told that do not wait: an unknown task, and an index that it does not have', async () => {
    const { system } = await makeFull();
    await using _ = system;
    const start = (name: string, index: number) =>
      system.ask(controllerRoutes.startSample, { body: { name, index, wait: 60_000 } });
    await expect(start('other', 0)).rejects.toMatchObject({ status: 406 });
    await expect(start('task', 9)).rejects.toMatchObject({ status: 400 });
  });

  it('are refused at once where too many wait, unless some of those are gone', async () => {
    const { system, answered, ask, askAs } = await makeFull({ controller: { longestQueue: 2 } });
    await using _ = system;
    let isGone = false;
    await ask({ index: 1, wait: 60_000 });
    await askAs({ index: 2, wait: 60_000 }, () => isGone);
    await ask({ index: 3, wait: 60_000 });
    expect(answered).toEqual([0, '3: 406']);
    isGone = true;
    await ask({ index: 4, wait: 60_000 });
    expect(answered).toEqual([0, '3: 406', '2: 406']);
  });
});

describe('a start that waits', () => {
  it('is passed over when its client is gone, and nothing is opened for it', async () => {
    const { system, answered, ask, askAs, end } = await makeFull();
    await using _ = system;
    let isGone = false;
    await askAs({ index: 1, wait: 60_000, start_id: 'a' }, () => isGone);
    await ask({ index: 2, wait: 60_000 });
    isGone = true;
    const before = system.network.count('-1/api/start_sample');
    await end(0);
    expect(answered).toEqual([0, '1: 406', 2]);
    expect(Object.values(await system.ask(controllerRoutes.listSessions))).toMatchObject([{ index: 2 }]);
    expect(system.network.count('-1/api/start_sample')).toBe(before);
  });

  it('keeps its place when its client asks again by its name on another connection', async () => {
    const { system, answered, ask, askAs, end } = await makeFull();
    await using _ = system;
    await askAs({ index: 1, wait: 60_000, start_id: 'a' }, () => true);
    await ask({ index: 2, wait: 60_000 });
    await ask({ index: 1, wait: 60_000, start_id: 'a' });
    await end(0);
    expect(answered).toEqual([0, 1, 1]);
  });

  it('leaves the queue when its owner is ended', async () => {
    const { system, answered, ask, end } = await makeFull();
    await using _ = system;
    await ask({ index: 1, wait: 60_000, owner: 'a:1' });
    await ask({ index: 2, wait: 60_000, owner: 'b:1' });
    await system.ask(controllerRoutes.cancelOwned, { body: { owner: 'a' } });
    await system.clock.advance(0);
    expect(answered).toEqual([0, '1: 400']);
    await end(0);
    expect(answered.at(-1)).toBe(2);
  });

  it('does not enter the queue when its owner was ended before', async () => {
    const { system, answered, ask, end } = await makeFull();
    await using _ = system;
    await system.ask(controllerRoutes.cancelOwned, { body: { owner: 'a' } });
    await ask({ index: 1, wait: 60_000, owner: 'a:1' });
    expect(answered).toEqual([0, '1: 400']);
    await end(0);
    expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
  });

  it('gets the slot of a cancelled session', async () => {
    const { system, answered, ask } = await makeFull();
    await using _ = system;
    await ask({ index: 1, wait: 60_000 });
    await system.ask(controllerRoutes.cancelAll);
    await system.clock.advance(0);
    expect(answered).toEqual([0, 1]);
  });

  it('gets a slot of a worker that joins', async () => {
    const { system, answered, ask } = await makeFull();
    await using _ = system;
    await ask({ index: 1, wait: 60_000 });
    await system.startWorker({ name: 'task', task: asking(), concurrency: 1 });
    expect(answered).toEqual([0, 1]);
  });

  it('gets a slot of a worker that raises its capacity', async () => {
    await using system = new TestSystem();
    let capacity = 1;
    system.network.interfere((request, pass) =>
      request.url.endsWith('/receive_heartbeat')
        ? pass({
            ...request,
            body: String(request.body).replace('"concurrency": 3', `"concurrency": ${capacity}`),
          })
        : pass(request),
    );
    await system.startWorker({ name: 'task', task: asking(), concurrency: 3 });
    const { answered, ask } = watchStarts(system);
    for (const index of [0, 1, 2]) await ask({ index, wait: 60_000 });
    expect(answered).toEqual([0]);
    capacity = 3;
    await system.clock.advance(12_000);
    expect(answered).toEqual([0, 1, 2]);
  });

  it('gets a slot when all workers were away and one comes back', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: asking(), concurrency: 1 });
    const { answered, ask } = watchStarts(system);
    let isAway = true;
    system.network.interfere((request, pass) =>
      isAway && (request.url.includes('//worker-1/') || String(request.body).includes('//worker-1/'))
        ? Promise.reject(new TransportError('refused', 'away'))
        : pass(request),
    );
    await ask({ index: 1, wait: 60_000 });
    await system.clock.advance(5_000);
    expect(answered).toEqual([]);
    isAway = false;
    await system.clock.advance(12_000);
    expect(answered).toEqual([1]);
  });

  it('gets the slot of a worker that is found again though its heartbeats are lost', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: asking(), concurrency: 1 });
    const { answered, ask } = watchStarts(system);
    let isAway = true;
    system.network.interfere((request, pass) =>
      (isAway && request.url.includes('//worker-1/')) || request.url.endsWith('/receive_heartbeat')
        ? Promise.reject(new TransportError('refused', 'away'))
        : pass(request),
    );
    await ask({ index: 1, wait: 60_000 });
    expect(answered).toEqual([]);
    isAway = false;
    await system.ask(controllerRoutes.syncAll);
    await system.clock.advance(2_000);
    expect(answered).toEqual([1]);
  });

  it('goes back to its place when a worker refuses the sample, and tries it again when it hears from it', async () => {
    const { system, answered, ask, end } = await makeFull();
    await using _ = system;
    await ask({ index: 1, wait: 20_000 });
    await ask({ index: 2, wait: 60_000 });
    let refusals = 0;
    let isRefusing = true;
    system.network.interfere((request, pass) => {
      if (!isRefusing || request.url !== 'http://worker-1/api/start_sample') return pass(request);
      refusals++;
      return Promise.resolve({ status: 406, text: '{"detail":"Worker is shutting down"}' });
    });
    await end(0);
    expect(answered).toEqual([0]);
    expect(refusals).toBe(1);
    isRefusing = false;
    await system.clock.advance(12_000);
    expect(answered).toEqual([0, 1]);
    expect(refusals).toBeLessThanOrEqual(3);
  });

  it('keeps its time limit when a worker refuses the sample', async () => {
    const { system, answered, ask, end } = await makeFull();
    await using _ = system;
    system.network.interfere((request, pass) =>
      request.url === 'http://worker-1/api/start_sample'
        ? Promise.resolve({ status: 406, text: '{"detail":"Worker is shutting down"}' })
        : pass(request),
    );
    await ask({ index: 1, wait: 20_000 });
    await system.clock.advance(10_000);
    await end(0);
    await system.clock.advance(9_999);
    expect(answered).toEqual([0]);
    await system.clock.advance(1);
    expect(answered).toEqual([0, '1: 406']);
  });

  it('does not get a slot of a worker that is being given up', async () => {
    await using system = new TestSystem();
    const { origin } = await system.startWorker({ name: 'task', task: asking(), concurrency: 2 });
    const { answered, ask } = watchStarts(system);
    for (const index of [0, 1]) await ask({ index });
    for (const index of [2, 3]) await ask({ index, wait: 60_000 });
    const before = system.network.count('-1/api/start_sample');
    await system.stopWorker(origin);
    await system.clock.advance(0);
    expect(system.network.count('-1/api/start_sample')).toBe(before);
    await system.startWorker({ name: 'task', task: asking(), concurrency: 2 });
    expect(answered).toEqual([0, 1, 2, 3]);
  });

  it('is told to ask again when the controller stops, and so is one that would wait then', async () => {
    const { system, answered, askAs } = await makeFull();
    await using _ = system;
    await askAs({ index: 1, wait: 60_000 }, () => false);
    const { startSample } = system.handlers;
    system.startController();
    await system.clock.advance(0);
    expect(answered).toEqual([0, '1: 503']);
    const body = { name: 'task', index: 2, owner: undefined, start_id: undefined, wait: 60_000 };
    const late = startSample({ body, query: undefined, bodyText: '', isClientGone: () => false });
    await expect(late).rejects.toMatchObject({ status: 503 });
  });

  it('finds its slot at the controller after the one that was killed, by its name', async () => {
    const { system, answered, ask } = await makeFull();
    await using _ = system;
    await ask({ index: 1, wait: 60_000, start_id: 'a' });
    system.startController({ keepStore: true });
    await system.clock.advance(0);
    await ask({ index: 1, wait: 60_000, start_id: 'a' });
    await system.ask(controllerRoutes.cancelAll);
    await system.clock.advance(0);
    expect(answered.at(-1)).toBe(1);
    expect(Object.values(await system.ask(controllerRoutes.listSessions))).toMatchObject([{ index: 1 }]);
  });

  it('holds no sample that its worker has not ended', async () => {
    await using system = new TestSystem();
    const gate = createGate();
    const task = new FunctionTask({
      indices,
      play: async (_index, session) => {
        await session.action({ role: 'user', content: 'first?' });
        await gate.passed;
        return { status: 'completed', result: null };
      },
    });
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    const { answered, ask, end } = watchStarts(system);
    await ask({ index: 0 });
    await ask({ index: 1, wait: 60_000 });
    const ending = end(0);
    await system.clock.advance(0);
    expect(answered).toEqual([0]);
    gate.open();
    await ending;
    expect(answered).toEqual([0, 1]);
  });
});
