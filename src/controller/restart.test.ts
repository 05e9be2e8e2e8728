import { describe, expect, it } from 'vitest';
import { controllerRoutes, TransportError, workerRoutes, type AgentOutput } from '../protocol/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createGate, FunctionTask } from '../testing/function-task.ts';
import { TestSystem, type TestSystemSettings } from '../testing/test-system.ts';

const normal = (content: string): AgentOutput => ({ status: 'normal', content });

const talking = (turns: number) => {
  const answers: (string | null)[] = [];
  const task = new FunctionTask({
    play: async (_index, session) => {
      for (let turn = 0; turn < turns; turn++) {
        const { status, content } = await session.action({ role: 'user', content: 'next?' });
        if (status === 'cancelled') return { status: 'unknown', result: null };
        answers.push(content);
      }
      return { status: 'completed', result: answers.length };
    },
  });
  return { task, answers };
};

const start = (system: TestSystem, fields: { owner?: string; start_id?: string } = {}) =>
  system.ask(controllerRoutes.startSample, { body: { name: 'task', index: 0, ...fields } });
const interact = (system: TestSystem, session_id: number, turn?: number) =>
  system.ask(controllerRoutes.interact, {
    body: { session_id, agent_response: normal(`answer ${turn}`), ...(turn ? { turn } : {}) },
  });
const status = (system: TestSystem, session_id: number) =>
  system.ask(controllerRoutes.sessionStatus, { query: { session_id } });
const workerCalls = (system: TestSystem, path: string) =>
  system.network.requests.filter(({ url }) => url === `http://worker-1/api/${path}`).length;

describe('after a restart with its store a controller', () => {
  it('has its workers and sessions at once, with owners, and a turn waits for nothing', async () => {
    await using system = new TestSystem();
    const { task, answers } = talking(2);
    await system.startWorker({ name: 'task', task, concurrency: 2 });
    const { session_id } = await start(system, { owner: 'me' });
    const before = await system.ask(controllerRoutes.listSessions);
    await interact(system, session_id, 1);
    await system.clock.advance(1_000);
    system.startController({ keepStore: true });
    const listed = await system.ask(controllerRoutes.listWorkers);
    expect(listed['task']).toMatchObject({
      indices: [0, 1, 2, 3],
      workers: { '0': { address: 'http://worker-1/api', capacity: 2, current: 1, status: 0 } },
    });
    expect(await system.ask(controllerRoutes.listSessions)).toMatchObject({
      [session_id]: { owner: 'me', start: before[session_id]?.start, worker_id: 0 },
    });
    expect((await interact(system, session_id, 1)).output.status).toBe('running');
    expect((await interact(system, session_id, 2)).output.status).toBe('completed');
    expect(answers).toEqual(['answer 1', 'answer 2']);
    const next = await start(system);
    expect(next.session_id).toBeGreaterThan(session_id);
  });

  it('remembers why sessions ended, and has their last replies fetched again', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(1).task, concurrency: 2 });
    const finished = await start(system);
    const cancelled = await start(system);
    const last = await interact(system, finished.session_id, 1);
    await system.ask(controllerRoutes.cancel, { body: { session_id: cancelled.session_id } });
    system.startController({ keepStore: true });
    expect(await status(system, finished.session_id)).toMatchObject({ state: 'ended', reason: 'finished' });
    expect(await status(system, cancelled.session_id)).toMatchObject({ reason: 'cancelled' });
    expect(await interact(system, finished.session_id, 1)).toEqual(last);
  });

  it('asks each worker at once: what it does not play has ended, and its last reply can still be had', async () => {
    await using system = new TestSystem();
    const { task, answers } = talking(1);
    const { origin } = await system.startWorker({ name: 'task', task, concurrency: 2 });
    const played = await start(system);
    // The step is carried out, and the controller dies before it hears of it.
    system.network.interfere(async (request, pass) => {
      const reply = await pass(request);
      return request.url.endsWith('-1/api/interact') ? new Promise(() => undefined) : reply;
    });
    void interact(system, played.session_id, 1).catch(() => undefined);
    await system.clock.advance(0);
    system.network.interfere((request, pass) => pass(request));
    system.startController({ keepStore: true });
    await system.clock.advance(0);
    expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
    expect((await interact(system, played.session_id, 1)).output.status).toBe('completed');
    expect(answers).toHaveLength(1);
    system.killWorker(origin);
  });

  it('finds a worker gone that is gone, and tells of its sessions', async () => {
    await using system = new TestSystem();
    const { origin } = await system.startWorker({ name: 'task', task: talking(1).task, concurrency: 2 });
    const { session_id } = await start(system);
    system.killWorker(origin);
    system.startController({ keepStore: true });
    await system.clock.advance(0);
    expect(await status(system, session_id)).toMatchObject({ state: 'ended', reason: 'worker lost' });
    expect((await system.ask(controllerRoutes.listWorkers))['task']?.workers['0']).toMatchObject({
      status: 2,
      current: 0,
    });
  });

  it('waits for a worker that is busy when it is asked, and plays on with it', async () => {
    await using system = new TestSystem();
    const { task, answers } = talking(2);
    await system.startWorker({ name: 'task', task, concurrency: 2 });
    const { session_id } = await start(system);
    await interact(system, session_id, 1);
    let silences = 1;
    system.network.interfere((request, pass) =>
      request.url.endsWith('worker-1/api/get_sessions') && silences-- > 0
        ? Promise.reject(new TransportError('timeout', 'no reply'))
        : pass(request),
    );
    system.startController({ keepStore: true });
    await system.clock.advance(0);
    expect((await interact(system, session_id, 2)).output.status).toBe('completed');
    expect(answers).toEqual(['answer 1', 'answer 2']);
  });

  it('joins a start that was under way to the session that it began', async () => {
    await using system = new TestSystem();
    const gate = createGate();
    let begun = 0;
    const task = new FunctionTask({
      play: async (_index, session) => {
        begun++;
        await gate.passed;
        await session.action({ role: 'user', content: 'first?' });
        return { status: 'completed', result: null };
      },
    });
    await system.startWorker({ name: 'task', task, concurrency: 2 });
    void start(system, { start_id: 'a' }).catch(() => undefined);
    await system.clock.advance(0);
    system.startController({ keepStore: true });
    const again = start(system, { start_id: 'a' });
    await system.clock.advance(0);
    gate.open();
    expect((await again).output.status).toBe('running');
    expect(begun).toBe(1);
    expect(Object.keys(await system.ask(controllerRoutes.listSessions))).toHaveLength(1);
  });

  it.each<[string, (system: TestSystem, session_id: number) => Promise<unknown>]>([
    ['told to be gone', (system, session_id) => status(system, session_id)],
    [
      'given up by its client',
      (system, session_id) =>
        system.ask(controllerRoutes.cancel, { body: { session_id } }).catch(() => undefined),
    ],
    [
      'given up with all of its owner',
      (system) => system.ask(controllerRoutes.cancelOwned, { body: { owner: 'me' } }),
    ],
  ])('ends what comes back of a session that was %s before the restart', async (_what, giveUp) => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(2).task, concurrency: 2 });
    const { session_id } = await start(system, { owner: 'me:1' });
    let isStopped = true;
    system.network.interfere((request, pass) => {
      const isOfWorker = /\/\/worker-1\/|receive_heartbeat/.test(request.url);
      return isStopped && isOfWorker ? Promise.reject(new TransportError('lost', 'stopped')) : pass(request);
    });
    await system.clock.advance(40_000);
    await giveUp(system, session_id);
    system.startController({ keepStore: true });
    isStopped = false;
    await system.clock.advance(12_000);
    expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
    expect(workerCalls(system, 'cancel')).toBe(1);
  });

  it('keeps a session that a start, sent again, began after its worker had told what it plays', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: talking(1).task, concurrency: 2 });
    // The first controller dies before its request has left.
    system.network.interfere((request, pass) =>
      request.url.endsWith('-1/api/start_sample') ? new Promise(() => undefined) : pass(request),
    );
    void start(system, { start_id: 'a' }).catch(() => undefined);
    await system.clock.advance(0);
    const list = createGate();
    system.network.interfere(async (request, pass) => {
      const reply = await pass(request);
      if (request.url.endsWith('-1/api/get_sessions')) await list.passed;
      return reply;
    });
    system.startController({ keepStore: true });
    await system.clock.advance(0);
    const { session_id } = await start(system, { start_id: 'a' });
    list.open();
    await system.clock.advance(0);
    expect(Object.keys(await system.ask(controllerRoutes.listSessions))).toEqual([String(session_id)]);
    expect((await interact(system, session_id, 1)).output.status).toBe('completed');
  });

  it.each(['open', 'ended'])(
    'gives no id again of a session that is %s, although its clock was set back',
    async (state) => {
      const clock = new FakeClock();
      await using system = new TestSystem({ clock });
      const ahead = (clock.now() + 3_600_000) * 1024;
      let playing: Record<string, number> = { [ahead]: 0 };
      system.network.serve('http://other', workerRoutes, { getSessions: () => playing } as never);
      const body = { name: 'task', address: 'http://other/api', concurrency: 1, indices: [0, 1, 2, 3] };
      await system.ask(controllerRoutes.receiveHeartbeat, { body });
      if (state === 'ended') {
        playing = {};
        await system.ask(controllerRoutes.syncAll);
      }
      await system.startWorker({ name: 'task', task: talking(1).task, concurrency: 3 });
      system.startController({ keepStore: true });
      expect((await start(system)).session_id).toBe(ahead + 1);
    },
  );

  it('forgets ended sessions after their time, and the oldest of too many', async () => {
    await using system = new TestSystem({ controller: { keepEndedMs: 60_000, keptEnded: 2 } });
    await system.startWorker({ name: 'task', task: talking(1).task, concurrency: 9 });
    const ids: number[] = [];
    for (let sample = 0; sample < 3; sample++) {
      const { session_id } = await start(system);
      await interact(system, session_id);
      ids.push(session_id);
      await system.clock.advance(1_000);
    }
    await system.clock.advance(1_000);
    const known = async () => {
      const asked = await Promise.allSettled(ids.map((id) => status(system, id)));
      return asked.map((reply) => reply.status === 'fulfilled');
    };
    expect(await known()).toEqual([false, true, true]);
    await system.clock.advance(70_000);
    system.startController({ keepStore: true });
    const unknown = known();
    await system.clock.advance(13_000);
    expect(await unknown).toEqual([false, false, false]);
  });
});

describe('a store that cannot be written', () => {
  /** Fails as a full disk does while `isFull`. */
  function fillableDisk(): { isFull: boolean; readonly settings: TestSystemSettings } {
    const disk = {
      isFull: false,
      settings: {
        wrapStore: (store) =>
          new Proxy(store, {
            get: (target, name) => {
              const member: unknown = Reflect.get(target, name, target);
              if (typeof member !== 'function') return member;
              return (...input: unknown[]) => {
                if (disk.isFull && String(name) !== 'load') throw new Error('database or disk is full');
                return (member as (...input: unknown[]) => unknown).apply(target, input);
              };
            },
          }),
      } satisfies TestSystemSettings,
    };
    return disk;
  }

  it('starts nothing, plays on what is open, and writes the rest when it can be written again', async () => {
    const disk = fillableDisk();
    await using system = new TestSystem(disk.settings);
    await system.startWorker({ name: 'task', task: talking(1).task, concurrency: 3 });
    const { session_id } = await start(system);
    disk.isFull = true;
    await expect(start(system)).rejects.toMatchObject({
      status: 503,
      detail: 'Error: The controller cannot write to its store',
    });
    expect(workerCalls(system, 'start_sample')).toBe(1);
    expect(await system.ask(controllerRoutes.health)).toMatchObject({
      status: 'store unwritable',
      sessions: 1,
    });
    expect((await interact(system, session_id, 1)).output.status).toBe('completed');
    disk.isFull = false;
    await system.clock.advance(1_000);
    expect(await system.ask(controllerRoutes.health)).toMatchObject({ status: 'ok' });
    system.startController({ keepStore: true });
    expect(await status(system, session_id)).toMatchObject({ state: 'ended', reason: 'finished' });
    expect((await start(system)).output.status).toBe('running');
  });
});
