import { describe, expect, it } from 'vitest';
import { controllerRoutes, TransportError, workerRoutes, type AgentOutput } from '../protocol/index.ts';
import type { Session } from '../sdk/index.ts';
import { createGate, FunctionTask, type Gate } from '../testing/function-task.ts';
import { TestSystem } from '../testing/test-system.ts';

const normal = (content: string): AgentOutput => ({ status: 'normal', content });
const ask = (session: Session, content = 'next?') => session.action({ role: 'user', content });

/** Asks `turns` times, then completes with the last answer. */
const talking = (turns: number) =>
  new FunctionTask({
    play: async (_index, session) => {
      let last: AgentOutput = normal('');
      for (let turn = 0; turn < turns; turn++) last = await ask(session);
      return { status: 'completed', result: { last: last.content } };
    },
  });

/** Its first answer starts a step that lasts until the gate is opened; with `stubborn` it does not heed a cancel. */
const slow = (gate: Gate, stubborn = true) =>
  new FunctionTask({
    play: async (_index, session) => {
      const begun = await ask(session);
      if (begun.status === 'cancelled') return { status: 'unknown', result: null };
      await (stubborn ? gate.passed : Promise.race([gate.passed, aborted(session.signal)]));
      const { status } = await ask(session);
      return { status: status === 'cancelled' ? 'unknown' : 'completed', result: null };
    },
  });

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

const start = (system: TestSystem, index: number | string = 0, name = 'task') =>
  system.ask(controllerRoutes.startSample, { body: { name, index } });
const interact = (system: TestSystem, session_id: number, content = 'answer') =>
  system.ask(controllerRoutes.interact, { body: { session_id, agent_response: normal(content) } });
const cancel = (system: TestSystem, session_id: number) =>
  system.ask(controllerRoutes.cancel, { body: { session_id } });
const sessions = (system: TestSystem) => system.ask(controllerRoutes.listSessions);

async function workers(system: TestSystem, task = 'task') {
  const listed = await system.ask(controllerRoutes.listWorkers);
  return Object.values(listed[task]?.workers ?? {});
}

async function freeSlots(system: TestSystem): Promise<number> {
  return (await workers(system)).reduce((sum, { capacity, current }) => sum + capacity - current, 0);
}

describe('a sample', () => {
  it('is started, played turn by turn and ended, with the whole history each time', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 2 });
    const first = await start(system, 1);
    expect(first.output).toEqual({
      index: null,
      status: 'running',
      result: null,
      history: [{ role: 'user', content: 'next?' }],
    });
    expect(await freeSlots(system)).toBe(1);
    await interact(system, first.session_id, 'one');
    const last = await interact(system, first.session_id, '');
    expect(last).toMatchObject({ output: { index: 1, status: 'completed', result: { last: '' } } });
    expect(last.output.history?.map((item) => item.content)).toEqual(['next?', 'one', 'next?', 'normal']);
    expect(await freeSlots(system)).toBe(2);
    await expect(interact(system, first.session_id)).rejects.toMatchObject({
      status: 400,
      detail: 'Error: Session does not exist',
    });
  });

  it('is refused for an unknown task, an index that the task does not have, and without a free slot', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(1), concurrency: 1 });
    await expect(start(system, 0, 'other')).rejects.toMatchObject({
      status: 406,
      detail: 'Error: Task does not exist',
    });
    await expect(start(system, 9)).rejects.toMatchObject({
      status: 400,
      detail: 'Error: Index out of bounds',
    });
    await expect(start(system, '0')).rejects.toMatchObject({
      status: 400,
      detail: 'Error: Index out of bounds',
    });
    await start(system);
    await expect(start(system)).rejects.toMatchObject({ status: 406, detail: 'Error: No workers available' });
  });

  it('goes to the worker with the most free slots, the first registered on a tie', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(1), concurrency: 1 });
    await system.startWorker({ name: 'task', task: talking(1), concurrency: 2 });
    for (let sample = 0; sample < 3; sample++) await start(system, sample);
    const placed = Object.values(await sessions(system)).map((session) => session.worker_id);
    expect(placed).toEqual([1, 0, 1]);
  });

  it('with an index that is a number in quotes can be started', async () => {
    await using system = new TestSystem();
    await system.startWorker({
      name: 'task',
      task: new FunctionTask({ indices: ['0', '1'] }),
      concurrency: 1,
    });
    expect((await start(system, '1')).output.status).toBe('running');
    await expect(start(system, 1)).rejects.toMatchObject({ status: 400 });
  });
});

describe('a slot is freed', () => {
  it('when the task fails before its first question, which is an answer of status 200', async () => {
    await using system = new TestSystem();
    const task = new FunctionTask({ play: () => Promise.reject(new Error('no disk')) });
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    const reply = await start(system);
    expect(reply.output).toMatchObject({ status: 'task error', result: 'Error: no disk', history: [] });
    expect(await freeSlots(system)).toBe(1);
  });

  it('when the task fails later, which the controller passes on as 501', async () => {
    await using system = new TestSystem();
    const task = new FunctionTask({
      play: async (_index, session) => {
        await ask(session);
        throw new Error('lost the database');
      },
    });
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    for (let time = 0; time < 5; time++) {
      const { session_id } = await start(system);
      const failure = interact(system, session_id);
      await expect(failure).rejects.toMatchObject({ status: 501 });
      await expect(failure).rejects.toThrow(
        /^Error: Worker returned error\n\{"detail":\{"session_id":\d+,"output":/,
      );
    }
    expect(await freeSlots(system)).toBe(1);
    expect(await sessions(system)).toEqual({});
  });

  it('when the worker is gone in the middle of a session', async () => {
    await using system = new TestSystem();
    const { origin } = await system.startWorker({ name: 'task', task: talking(2), concurrency: 2 });
    const { session_id } = await start(system);
    system.killWorker(origin);
    await expect(interact(system, session_id)).rejects.toThrow(/^Error: Worker not responding\n./);
    expect((await workers(system))[0]).toMatchObject({ status: 2, current: 0 });
    await expect(start(system)).rejects.toMatchObject({ status: 406 });
  });

  it('when the session is cancelled during a step, and the step gets the last output', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: slow(createGate(), false), concurrency: 1 });
    const { session_id } = await start(system);
    const step = interact(system, session_id);
    await system.clock.advance(0);
    expect(await cancel(system, session_id)).toEqual({ session_id });
    expect((await step).output).toMatchObject({ index: 0, status: 'unknown' });
    expect(await freeSlots(system)).toBe(1);
  });

  it('when the worker came back within a second without its sessions', async () => {
    await using system = new TestSystem();
    const { origin } = await system.startWorker({ name: 'task', task: talking(2), concurrency: 2 });
    await start(system);
    await start(system, 1);
    system.killWorker(origin);
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 2, origin });
    expect(await workers(system)).toHaveLength(1);
    expect(await freeSlots(system)).toBe(2);
  });

  it('when a worker of another program, which has no instance, came back without them', async () => {
    await using system = new TestSystem();
    const playing = { '77': 0 } as Record<string, number>;
    system.network.serve('http://other', workerRoutes, { getSessions: () => playing } as never);
    const beat = { name: 'task', address: 'http://other/api', concurrency: 2, indices: [0] };
    await system.ask(controllerRoutes.receiveHeartbeat, { body: beat });
    expect(Object.keys(await sessions(system))).toEqual(['77']);
    delete playing['77'];
    await system.ask(controllerRoutes.receiveHeartbeat, { body: beat });
    await system.clock.advance(0);
    expect(await sessions(system)).toEqual({});
  });

  it('only when the task has really ended: one that ignores its cancel keeps its slot and blocks nobody else', async () => {
    await using system = new TestSystem();
    const gate = createGate();
    await system.startWorker({
      name: 'task',
      task: slow(gate),
      concurrency: 2,
      options: { cancelGraceMs: 30_000 },
    });
    const { session_id } = await start(system);
    const step = interact(system, session_id);
    await system.clock.advance(0);
    const cancelling = cancel(system, session_id).catch((error: unknown) => error);
    await system.clock.advance(10_000);
    const other = await start(system, 1);
    expect(other.output.status).toBe('running');
    await system.clock.advance(20_000);
    expect(await cancelling).toMatchObject({ status: 504 });
    expect(await freeSlots(system)).toBe(0);
    gate.open();
    await step;
    expect(await freeSlots(system)).toBe(1);
  });
});

describe('sessions do not disturb each other', () => {
  it('a duplicate of a request under way is refused at once and changes nothing', async () => {
    await using system = new TestSystem();
    const gate = createGate();
    await system.startWorker({ name: 'task', task: slow(gate), concurrency: 2 });
    const { session_id } = await start(system);
    const step = interact(system, session_id, 'once');
    await system.clock.advance(0);
    await expect(interact(system, session_id, 'twice')).rejects.toMatchObject({ status: 409 });
    gate.open();
    const reply = await step;
    expect(reply.output.history?.filter(({ role }) => role === 'agent')).toEqual([
      { role: 'agent', content: 'once' },
    ]);
  });

  it('one slow session delays no other, a calculate_overall under way neither', async () => {
    await using system = new TestSystem();
    const gate = createGate();
    const task = new FunctionTask({
      play: async (index, session) => {
        await ask(session);
        if (index === 0) await gate.passed;
        return { status: 'completed', result: index };
      },
      overall: async () => {
        await gate.passed;
        return { score: 0.75 };
      },
    });
    await system.startWorker({ name: 'task', task, concurrency: 3 });
    const hanging = await start(system, 0);
    const step = interact(system, hanging.session_id);
    const overall = system.ask(controllerRoutes.calculateOverall, { body: { name: 'task', results: [] } });
    for (let sample = 1; sample < 4; sample++) {
      const { session_id } = await start(system, sample);
      expect((await interact(system, session_id)).output.result).toBe(sample);
    }
    gate.open();
    await step;
    expect(await overall).toEqual({ score: 0.75 });
  });

  it('a step that takes too long loses its own session, not its worker', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: slow(createGate(), false), concurrency: 2 });
    system.network.interfere((request, pass) =>
      request.url === 'http://worker-1/api/interact'
        ? Promise.reject(new TransportError('timeout', 'no reply within 900000 ms'))
        : pass(request),
    );
    const other = await start(system, 1);
    const { session_id } = await start(system, 0);
    await expect(interact(system, session_id)).rejects.toMatchObject({
      status: 400,
      detail: 'Error: Worker not responding\n',
    });
    await system.clock.advance(0);
    expect((await workers(system))[0]).toMatchObject({ status: 0, current: 1 });
    expect(Object.keys(await sessions(system))).toEqual([String(other.session_id)]);
  });

  it('killing one of two workers under load leaves the controller answering and the other one playing', async () => {
    await using system = new TestSystem();
    const { origin } = await system.startWorker({ name: 'task', task: talking(3), concurrency: 8 });
    await system.startWorker({ name: 'task', task: talking(3), concurrency: 8 });
    const started = await Promise.all(Array.from({ length: 16 }, (_, sample) => start(system, sample % 4)));
    const steps = started.map(({ session_id }) => interact(system, session_id));
    system.killWorker(origin);
    await Promise.allSettled(steps);
    const placed = await sessions(system);
    const living = started.filter(({ session_id }) => placed[String(session_id)]?.worker_id === 1);
    expect(living).toHaveLength(8);
    for (const { session_id } of living) {
      await interact(system, session_id);
      expect((await interact(system, session_id)).output.status).toBe('completed');
    }
    expect((await workers(system)).map(({ status, current }) => [status, current])).toEqual([
      [2, 0],
      [0, 0],
    ]);
    expect((await start(system)).output.status).toBe('running');
  });
});

describe('workers', () => {
  it('are listed with what the reference lists', async () => {
    await using system = new TestSystem();
    expect(await system.ask(controllerRoutes.listWorkers)).toEqual({});
    await system.startWorker({ name: 'task', task: talking(1), concurrency: 5 });
    expect(await system.ask(controllerRoutes.listWorkers)).toEqual({
      task: {
        indices: [0, 1, 2, 3],
        workers: {
          '0': {
            id: 0,
            address: 'http://worker-1/api',
            capacity: 5,
            current: 0,
            last_visit: system.clock.now() / 1000,
            status: 0,
            locked: false,
          },
        },
      },
    });
    expect(await system.ask(controllerRoutes.getIndices, { query: { name: 'task' } })).toEqual([0, 1, 2, 3]);
  });

  it('that stop cleanly say so and are no longer listed', async () => {
    await using system = new TestSystem();
    const { origin } = await system.startWorker({ name: 'task', task: talking(1), concurrency: 1 });
    await start(system);
    await system.stopWorker(origin);
    expect(await system.ask(controllerRoutes.listWorkers)).toEqual({});
    expect(await sessions(system)).toEqual({});
  });

  it('that fall silent get no work after 11 s and are taken off the list after 35 s', async () => {
    await using system = new TestSystem();
    const { origin } = await system.startWorker({ name: 'task', task: talking(1), concurrency: 1 });
    system.killWorker(origin);
    await system.clock.advance(11_001);
    expect((await workers(system))[0]?.status).toBe(1);
    await expect(start(system)).rejects.toMatchObject({ status: 406, detail: 'Error: No workers available' });
    await system.clock.advance(25_000);
    expect(await system.ask(controllerRoutes.listWorkers)).toEqual({});
  });

  it('that are gone do not keep their task from new indices or a new concurrency', async () => {
    await using system = new TestSystem();
    const { origin } = await system.startWorker({ name: 'task', task: talking(1), concurrency: 4 });
    const changed = new FunctionTask({ indices: ['a', 'b'] });
    const beat = { name: 'task', address: 'http://nobody/api', concurrency: 1, indices: ['x'] };
    await expect(system.ask(controllerRoutes.receiveHeartbeat, { body: beat })).rejects.toMatchObject({
      status: 400,
      detail: 'Error: Task already exists with different indices',
    });
    system.killWorker(origin);
    await system.clock.advance(12_000);
    await system.startWorker({ name: 'task', task: changed, concurrency: 9, origin });
    expect((await workers(system)).map(({ capacity }) => capacity)).toEqual([9]);
    expect(await system.ask(controllerRoutes.getIndices, { query: { name: 'task' } })).toEqual(['a', 'b']);
  });

  it('that dropped a connection are asked, and stay alive when they answer', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 1 });
    const { session_id } = await start(system);
    let cuts = 0;
    system.network.interfere((request, pass) =>
      request.url === 'http://worker-1/api/interact' && cuts++ === 0
        ? Promise.reject(new TransportError('lost', 'other side closed'))
        : pass(request),
    );
    await expect(interact(system, session_id)).rejects.toMatchObject({ status: 400 });
    await system.clock.advance(0);
    expect((await workers(system))[0]).toMatchObject({ status: 0, current: 0 });
  });

  it('that answer nonsense get the blame, and the session ends', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 1 });
    const { session_id } = await start(system);
    system.network.interfere((request, pass) =>
      request.url === 'http://worker-1/api/interact'
        ? Promise.resolve({ status: 200, text: '<html>' })
        : pass(request),
    );
    await expect(interact(system, session_id)).rejects.toMatchObject({
      detail: 'Error: Worker returned error\n<html>',
    });
    await system.clock.advance(0);
    expect(await freeSlots(system)).toBe(1);
  });
});

describe('after a restart of the controller', () => {
  it("the workers' next heartbeat brings back their sessions, and no id is given twice", async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 2 });
    const before = await start(system, 3);
    system.startController();
    await expect(start(system)).rejects.toMatchObject({ status: 406, detail: 'Error: Task does not exist' });
    await system.clock.advance(8_000);
    expect(Object.keys(await sessions(system))).toEqual([String(before.session_id)]);
    const after = await start(system, 0);
    expect(after.session_id).not.toBe(before.session_id);
    expect(await freeSlots(system)).toBe(0);
    expect((await interact(system, before.session_id, 'still here')).output.history).toContainEqual({
      role: 'agent',
      content: 'still here',
    });
  });

  it('a turn that comes before the heartbeat waits for it, and one of a session that never was does not', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 2 });
    const { session_id } = await start(system, 3);
    await system.clock.advance(1_000);
    system.startController();
    const turn = interact(system, session_id, 'early');
    await expect(interact(system, 99_999)).rejects.toMatchObject({ status: 400 });
    await system.clock.advance(9_000);
    expect((await turn).output).toMatchObject({ status: 'running' });
    const gone = expect(interact(system, session_id - 1)).rejects.toMatchObject({ status: 400 });
    await system.clock.advance(4_000);
    await gone;
  });

  it('no id is given twice, although its clock was set back', async () => {
    await using system = new TestSystem();
    const ahead = system.clock.now() * 1024 + 3_600_000 * 1024;
    system.network.serve('http://other', workerRoutes, { getSessions: () => ({ [ahead]: 0 }) } as never);
    const beat = { name: 'task', address: 'http://other/api', concurrency: 1, indices: [0, 1, 2, 3] };
    await system.ask(controllerRoutes.receiveHeartbeat, { body: beat });
    await system.startWorker({ name: 'task', task: talking(9), concurrency: 3 });
    expect((await start(system)).session_id).toBe(ahead + 1);
  });
});

describe('a cancel', () => {
  it('that reaches the worker before the start does ends the session all the same', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 1 });
    const gate = createGate();
    system.network.interfere(async (request, pass) => {
      if (request.url === 'http://worker-1/api/start_sample') await gate.passed;
      return pass(request);
    });
    const starting = start(system);
    await system.clock.advance(0);
    const cancelling = system.ask(controllerRoutes.cancelAll);
    await system.clock.advance(0);
    gate.open();
    await starting;
    expect(await cancelling).toBeNull();
    await system.clock.advance(10_000);
    expect(await sessions(system)).toEqual({});
    expect(await freeSlots(system)).toBe(1);
  });
});

describe('a session that its client has given up', () => {
  it('before this controller knew it is ended when its worker reports it', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 2 });
    const given = await start(system, 0);
    const kept = await start(system, 1);
    system.startController();
    await expect(cancel(system, given.session_id)).rejects.toMatchObject({
      status: 400,
      detail: 'Error: Session does not exist',
    });
    await system.clock.advance(10_000);
    expect(Object.keys(await sessions(system))).toEqual([String(kept.session_id)]);
    expect(await freeSlots(system)).toBe(1);
  });

  it('by going away before its start was answered frees its slot', async () => {
    const gate = createGate();
    const task = new FunctionTask({
      play: async (_index, session) => {
        await gate.passed;
        const { status } = await ask(session);
        return { status: status === 'cancelled' ? 'unknown' : 'completed', result: null };
      },
    });
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    const { handlers } = system;
    const starting = handlers.startSample({
      body: { name: 'task', index: 0 },
      query: undefined,
      bodyText: '',
      isClientGone: () => true,
    });
    await system.clock.advance(0);
    expect(await freeSlots(system)).toBe(0);
    gate.open();
    await starting;
    await system.clock.advance(0);
    expect(await sessions(system)).toEqual({});
    expect(await freeSlots(system)).toBe(1);
  });

  it('can be found by the owner that it was started for, and has no such field without one', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 2 });
    const owned = await system.ask(controllerRoutes.startSample, {
      body: { name: 'task', index: 0, owner: 'me' },
    });
    const plain = await start(system, 1);
    const listed = await sessions(system);
    expect(listed[String(owned.session_id)]?.owner).toBe('me');
    expect(listed[String(plain.session_id)]).not.toHaveProperty('owner');
  });
});

describe('cancel_owned', () => {
  const startFor = (system: TestSystem, owner: string, index: number) =>
    system.ask(controllerRoutes.startSample, { body: { name: 'task', index, owner } });
  const cancelOwned = (system: TestSystem, owner: string) =>
    system.ask(controllerRoutes.cancelOwned, { body: { owner } });

  it("ends an owner's sessions and nobody else's", async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 4 });
    await startFor(system, 'a:1', 0);
    await startFor(system, 'a', 1);
    const other = await startFor(system, 'ab:1', 2);
    const plain = await start(system, 3);
    await cancelOwned(system, 'a');
    expect(Object.keys(await sessions(system)).sort()).toEqual(
      [other, plain].map((s) => String(s.session_id)).sort(),
    );
  });

  it('ends those as well that a worker reports only after a restart of the controller', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 3 });
    await startFor(system, 'a:1', 0);
    const kept = await startFor(system, 'a:2', 1);
    system.startController();
    await cancelOwned(system, 'a:1');
    await system.clock.advance(10_000);
    const left = await sessions(system);
    expect(Object.keys(left)).toEqual([String(kept.session_id)]);
    expect(left[String(kept.session_id)]?.owner).toBe('a:2');
  });
});

describe('sessions that nobody plays', () => {
  it('are cancelled after ten minutes, but never while a step runs', async () => {
    await using system = new TestSystem();
    const gate = createGate();
    await system.startWorker({ name: 'task', task: slow(gate), concurrency: 2 });
    const idle = await start(system, 0);
    const busy = await start(system, 1);
    const step = interact(system, busy.session_id);
    await system.clock.advance(481_000);
    expect(Object.keys(await sessions(system))).toHaveLength(2);
    await system.clock.advance(121_000);
    expect(Object.keys(await sessions(system))).toEqual([String(busy.session_id)]);
    await expect(interact(system, idle.session_id)).rejects.toMatchObject({ status: 400 });
    gate.open();
    expect((await step).output.status).toBe('running');
  });

  it('are cancelled by clean_session after 240 s', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 2 });
    await start(system, 0);
    await system.clock.advance(239_000);
    await system.ask(controllerRoutes.cleanSession);
    expect(await freeSlots(system)).toBe(1);
    await system.clock.advance(2_000);
    await system.ask(controllerRoutes.cleanSession);
    expect(await freeSlots(system)).toBe(2);
  });

  it('are all cancelled by cancel_all, in the middle of a step as well', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: slow(createGate(), false), concurrency: 2 });
    await start(system, 0);
    const { session_id } = await start(system, 1);
    const step = interact(system, session_id);
    await system.clock.advance(0);
    expect(await system.ask(controllerRoutes.cancelAll)).toBeNull();
    expect((await step).output.status).toBe('unknown');
    expect(await sessions(system)).toEqual({});
  });
});

describe("a worker's list of sessions that comes late", () => {
  const isList = (url: string) => url === 'http://worker-1/api/get_sessions';

  it('brings back no session that has ended meanwhile', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(1), concurrency: 1 });
    const { session_id } = await start(system);
    const gate = createGate();
    system.network.interfere(async (request, pass) => {
      const reply = await pass(request);
      if (isList(request.url)) await gate.passed;
      return reply;
    });
    await system.clock.advance(8_000);
    await interact(system, session_id);
    gate.open();
    await system.clock.advance(0);
    expect(await sessions(system)).toEqual({});
    expect(await freeSlots(system)).toBe(1);
  });

  it('ends no session whose step is under way: the step itself tells', async () => {
    await using system = new TestSystem();
    const step = createGate();
    await system.startWorker({ name: 'task', task: slow(step), concurrency: 1 });
    const { session_id } = await start(system);
    const list = createGate();
    system.network.interfere(async (request, pass) => {
      if (!isList(request.url)) return pass(request);
      await list.passed;
      return { status: 200, text: '{}' };
    });
    await system.clock.advance(8_000);
    const turn = interact(system, session_id);
    await system.clock.advance(0);
    list.open();
    await system.clock.advance(0);
    expect(await sessions(system)).toMatchObject({ [session_id]: { locked: true } });
    step.open();
    expect((await turn).output.status).toBe('running');
    expect(await sessions(system)).toMatchObject({ [session_id]: { locked: false } });
  });

  it('is waited for before a new worker is listed or given work', async () => {
    await using system = new TestSystem();
    const gate = createGate();
    const getSessions = async () => {
      await gate.passed;
      return { '7': 0 };
    };
    system.network.serve('http://other', workerRoutes, { getSessions } as never);
    const body = { name: 'task', address: 'http://other/api', concurrency: 1, indices: [0, 1] };
    const joining = system.ask(controllerRoutes.receiveHeartbeat, { body });
    await system.clock.advance(0);
    expect(await system.ask(controllerRoutes.listWorkers)).toEqual({});
    await expect(start(system)).rejects.toMatchObject({ status: 406, detail: 'Error: No workers available' });
    gate.open();
    await joining;
    expect(await workers(system)).toMatchObject([{ capacity: 1, current: 1 }]);
  });
});

describe('calculate_overall', () => {
  const overall = (system: TestSystem) =>
    system.ask(controllerRoutes.calculateOverall, { body: { name: 'task', results: [] } });

  it('is asked once more when the connection was lost', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(1), concurrency: 1 });
    let asked = 0;
    system.network.interfere((request, pass) =>
      request.url === 'http://worker-1/api/calculate_overall' && asked++ === 0
        ? Promise.reject(new TransportError('lost', 'other side closed'))
        : pass(request),
    );
    expect(await overall(system)).toEqual({ n: 0 });
    expect(asked).toBe(2);
  });

  it('goes on to the next worker when the one that was asked is given up', async () => {
    await using system = new TestSystem();
    const { origin } = await system.startWorker({ name: 'task', task: talking(1), concurrency: 1 });
    await system.startWorker({ name: 'task', task: talking(1), concurrency: 1 });
    system.network.interfere((request, pass) =>
      request.url !== 'http://worker-1/api/calculate_overall'
        ? pass(request)
        : new Promise((_resolve, reject) =>
            request.signal?.addEventListener('abort', () => reject(new TransportError('aborted', 'aborted'))),
          ),
    );
    const scores = overall(system);
    await system.clock.advance(0);
    system.killWorker(origin);
    await system.clock.advance(45_000);
    expect(await scores).toEqual({ n: 0 });
  });

  it('goes past workers that are silent or gone', async () => {
    await using system = new TestSystem();
    let asked = 0;
    const calculate = () => ++asked;
    system.network.serve('http://silent', workerRoutes, {
      getSessions: () => ({}),
      calculateOverall: calculate,
    } as never);
    const indices = [0, 1, 2, 3];
    for (const address of ['http://silent/api', 'http://nobody/api'])
      await system.ask(controllerRoutes.receiveHeartbeat, {
        body: { name: 'task', address, concurrency: 1, indices },
      });
    await system.clock.advance(12_000);
    await expect(overall(system)).rejects.toMatchObject({
      status: 400,
      detail: 'Error: No workers available',
    });
    await system.startWorker({ name: 'task', task: talking(1), concurrency: 1 });
    expect(await overall(system)).toEqual({ n: 0 });
    expect(asked).toBe(0);
  });
});

describe('sync_all', () => {
  it('adopts what workers play, and does not fail on a contradiction', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2), concurrency: 2 });
    const { session_id } = await start(system);
    system.network.serve('http://other', workerRoutes, {
      getSessions: () => ({ [session_id]: 2, '5': 1 }),
    } as never);
    await system.ask(controllerRoutes.receiveHeartbeat, {
      body: { name: 'task', address: 'http://other/api', concurrency: 2, indices: [0, 1, 2, 3] },
    });
    expect(await system.ask(controllerRoutes.syncAll)).toBeNull();
    expect(Object.keys(await sessions(system)).sort()).toEqual([String(session_id), '5'].sort());
    expect((await interact(system, session_id)).output.status).toBe('running');
  });
});

describe('results', () => {
  it('keep their JSON type on both hops', async () => {
    await using system = new TestSystem();
    for (const [index, result] of [0.75, true, '5', 'no'].entries()) {
      const name = `task-${index}`;
      const task = new FunctionTask({ play: () => Promise.resolve({ status: 'completed', result }) });
      await system.startWorker({ name, task, concurrency: 1 });
      expect((await start(system, 0, name)).output.result).toBe(result);
    }
  });

  it('reach calculate_overall as they were, NaN included', async () => {
    await using system = new TestSystem();
    const seen: unknown[] = [];
    const task = new FunctionTask({
      overall: (results) => {
        seen.push(...results.map(({ result }) => result));
        return { score: 1 };
      },
    });
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    const reply = await system.network.transport({
      method: 'POST',
      url: `${system.controllerAddress}/calculate_overall`,
      body: '{"name": "task", "results": [{"result": NaN}, {"result": 0.5}, {"result": "NaN"}]}',
      timeoutMs: 1000,
    });
    expect(reply).toEqual({ status: 200, text: '{"score":1}' });
    expect(seen).toEqual([NaN, 0.5, 'NaN']);
  });

  it('of a calculate_overall that throws are an error reply without a trace', async () => {
    await using system = new TestSystem();
    const task = new FunctionTask({ overall: () => Promise.reject(new Error('secret detail')) });
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    await expect(
      system.ask(controllerRoutes.calculateOverall, { body: { name: 'task', results: [] } }),
    ).rejects.toMatchObject({ status: 500, detail: 'Error: Worker returned error\nInternal Server Error' });
  });
});
