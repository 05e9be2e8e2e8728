import { describe, expect, it } from 'vitest';
import { controllerRoutes, TransportError, type AgentOutput } from '../protocol/index.ts';
import { createGate, FunctionTask, type Gate } from '../testing/function-task.ts';
import { TestSystem } from '../testing/test-system.ts';

const normal = (content: string): AgentOutput => ({ status: 'normal', content });

/** Counts how often a sample was begun. */
function counting(gate?: Gate) {
  const begun: unknown[] = [];
  const task = new FunctionTask({
    play: async (index, session) => {
      begun.push(index);
      await gate?.passed;
      const { status } = await session.action({ role: 'user', content: 'first?' });
      return { status: status === 'cancelled' ? 'unknown' : 'completed', result: null };
    },
  });
  return { task, begun };
}

const start = (system: TestSystem, start_id: string) =>
  system.ask(controllerRoutes.startSample, { body: { name: 'task', index: 0, start_id } });
const interact = (system: TestSystem, session_id: number, turn: number) =>
  system.ask(controllerRoutes.interact, { body: { session_id, agent_response: normal('x'), turn } });
const openSessions = async (system: TestSystem) =>
  Object.keys(await system.ask(controllerRoutes.listSessions)).map(Number);

function failStarts(system: TestSystem, fault: 'lost' | 'timeout', isCarriedOut: boolean): void {
  let left = 1;
  system.network.interfere(async (request, pass) => {
    if (!request.url.endsWith('-1/api/start_sample') || left-- <= 0) return pass(request);
    if (isCarriedOut) await pass(request);
    throw new TransportError(fault, 'other side closed');
  });
}

describe('a start that is sent again', () => {
  it('while it is under way joins it', async () => {
    await using system = new TestSystem();
    const gate = createGate();
    const { task, begun } = counting(gate);
    await system.startWorker({ name: 'task', task, concurrency: 3 });
    const first = start(system, 'a');
    await system.clock.advance(0);
    const second = start(system, 'a');
    await system.clock.advance(0);
    gate.open();
    expect(await second).toEqual(await first);
    expect(begun).toHaveLength(1);
  });

  it('after its reply gets that session and that reply, and one with another name gets its own', async () => {
    await using system = new TestSystem();
    const { task, begun } = counting();
    await system.startWorker({ name: 'task', task, concurrency: 3 });
    const first = await start(system, 'a');
    expect(await start(system, 'a')).toEqual(first);
    expect((await start(system, 'b')).session_id).not.toBe(first.session_id);
    expect(begun).toHaveLength(2);
    expect(await openSessions(system)).toHaveLength(2);
  });

  it('after a turn was played is refused with both numbers, and the session goes on', async () => {
    await using system = new TestSystem();
    const { task } = counting();
    await system.startWorker({ name: 'task', task, concurrency: 3 });
    const { session_id } = await start(system, 'a');
    const gate = createGate();
    system.network.interfere(async (request, pass) => {
      if (request.url.endsWith('-1/api/interact')) await gate.passed;
      return pass(request);
    });
    const step = interact(system, session_id, 1);
    await system.clock.advance(0);
    await expect(start(system, 'a')).rejects.toMatchObject({ status: 409 });
    gate.open();
    expect((await step).output.status).toBe('completed');
  });

  it.each([
    ['was carried out', true],
    ['never came to the worker', false],
  ])('after its connection broke, when it %s, gets the one session', async (_what, isCarriedOut) => {
    await using system = new TestSystem();
    const { task, begun } = counting();
    await system.startWorker({ name: 'task', task, concurrency: 3 });
    failStarts(system, 'lost', isCarriedOut);
    await expect(start(system, 'a')).rejects.toMatchObject({ status: 503 });
    await system.clock.advance(0);
    const { session_id, output } = await start(system, 'a');
    expect(output.status).toBe('running');
    expect(begun).toHaveLength(1);
    expect(await openSessions(system)).toEqual([session_id]);
    expect((await interact(system, session_id, 1)).output.status).toBe('completed');
  });

  it('after the worker was lost starts the sample on another one, and ends what comes back', async () => {
    await using system = new TestSystem();
    const one = counting();
    const other = counting();
    await system.startWorker({ name: 'task', task: one.task, concurrency: 3 });
    const lost = await start(system, 'a');
    await system.startWorker({ name: 'task', task: other.task, concurrency: 1 });
    let isStopped = true;
    system.network.interfere((request, pass) =>
      isStopped && (request.url.includes('//worker-1/') || String(request.body).includes('//worker-1/'))
        ? Promise.reject(new TransportError('lost', 'stopped'))
        : pass(request),
    );
    await system.clock.advance(40_000);
    const { session_id } = await start(system, 'a');
    expect(session_id).not.toBe(lost.session_id);
    expect(other.begun).toHaveLength(1);
    isStopped = false;
    await system.clock.advance(12_000);
    expect(await openSessions(system)).toEqual([session_id]);
  });

  it('when its sample ended at once gets that end again', async () => {
    await using system = new TestSystem();
    let played = 0;
    const task = new FunctionTask({
      play: () => Promise.resolve({ status: 'completed', result: ++played }),
    });
    await system.startWorker({ name: 'task', task, concurrency: 3 });
    const first = await start(system, 'a');
    expect(await start(system, 'a')).toEqual(first);
    expect(played).toBe(1);
  });

  it('after it took too long is told so until that one has ended, and then starts anew', async () => {
    await using system = new TestSystem();
    const { task, begun } = counting();
    await system.startWorker({ name: 'task', task, concurrency: 3 });
    failStarts(system, 'timeout', true);
    const late = { status: 400, detail: 'Error: Worker not responding\n' };
    await expect(start(system, 'a')).rejects.toMatchObject(late);
    await system.clock.advance(0);
    expect(await openSessions(system)).toEqual([]);
    expect((await start(system, 'a')).output.status).toBe('running');
    expect(begun).toHaveLength(2);
  });
});

describe('a start whose client is gone', () => {
  it('is kept when its client can ask for it again', async () => {
    await using system = new TestSystem();
    const { task, begun } = counting();
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    await system.handlers.startSample({
      body: { name: 'task', index: 0, start_id: 'a' },
      query: undefined,
      bodyText: '',
      isClientGone: () => true,
    });
    await system.clock.advance(0);
    expect((await start(system, 'a')).output.status).toBe('running');
    expect(begun).toHaveLength(1);
  });
});
