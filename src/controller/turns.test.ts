import { describe, expect, it } from 'vitest';
import { controllerRoutes, TransportError, type AgentOutput } from '../protocol/index.ts';
import type { Session } from '../sdk/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createGate, FunctionTask, type Gate } from '../testing/function-task.ts';
import { TestSystem } from '../testing/test-system.ts';

const normal = (content: string): AgentOutput => ({ status: 'normal', content });
const ask = (session: Session, content = 'next?') => session.action({ role: 'user', content });

/** Asks `turns` times and counts what it was answered. */
function counting(turns: number, gate?: Gate) {
  const answers: (string | null)[] = [];
  const task = new FunctionTask({
    play: async (_index, session) => {
      for (let turn = 0; turn < turns; turn++) {
        const { status, content } = await ask(session);
        if (status === 'cancelled') return { status: 'unknown', result: null };
        answers.push(content);
        await gate?.passed;
      }
      return { status: 'completed', result: answers.length };
    },
  });
  return { task, answers };
}

const start = (system: TestSystem, index = 0) =>
  system.ask(controllerRoutes.startSample, { body: { name: 'task', index } });
const interact = (system: TestSystem, session_id: number, turn?: number, since?: number) =>
  system.ask(controllerRoutes.interact, {
    body: { session_id, since, agent_response: normal(`answer ${turn ?? ''}`), ...(turn ? { turn } : {}) },
  });
const status = (system: TestSystem, session_id: number) =>
  system.ask(controllerRoutes.sessionStatus, { query: { session_id } });
const workerCalls = (system: TestSystem, path: string) =>
  system.network.requests.filter(({ url }) => url === `http://worker-1/api/${path}`).length;

/** Carries the request out, and loses its reply, as often as told. */
function loseReplies(system: TestSystem, path: string, times = 1): void {
  let left = times;
  system.network.interfere(async (request, pass) => {
    const reply = await pass(request);
    if (request.url !== `http://worker-1/api/${path}` || left-- <= 0) return reply;
    throw new TransportError('lost', 'other side closed');
  });
}

describe('a turn that is sent again while it is played', () => {
  it('by a client that has less of the history gets that client its own reply', async () => {
    await using system = new TestSystem();
    const gate = createGate();
    const { task, answers } = counting(2, gate);
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    const { session_id } = await start(system);
    const replies = [1, undefined].map((since) => interact(system, session_id, 1, since));
    await system.clock.advance(0);
    expect(workerCalls(system, 'interact')).toBe(1);
    gate.open();
    const [known, whole] = await Promise.all(replies);
    expect(workerCalls(system, 'interact')).toBe(2);
    expect(known).toMatchObject({ since: 1, output: { history: [{ role: 'agent' }, { role: 'user' }] } });
    expect(whole?.output.history).toHaveLength(3);
    expect(answers).toHaveLength(1);
  });

  it('by a client that has as much of the history is sent to the worker once', async () => {
    await using system = new TestSystem();
    const gate = createGate();
    await system.startWorker({ name: 'task', task: counting(2, gate).task, concurrency: 1 });
    const { session_id } = await start(system);
    const replies = [1, 1].map((since) => interact(system, session_id, 1, since));
    await system.clock.advance(0);
    gate.open();
    const [first, second] = await Promise.all(replies);
    expect(second).toEqual(first);
    expect(workerCalls(system, 'interact')).toBe(1);
  });
});

describe('a turn whose reply is lost between worker and controller', () => {
  it('is answered 503, its session goes on, and the same turn gets the one reply', async () => {
    await using system = new TestSystem();
    const { task, answers } = counting(2);
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    const { session_id } = await start(system);
    loseReplies(system, 'interact');
    await expect(interact(system, session_id, 1)).rejects.toMatchObject({
      status: 503,
      detail: 'Error: Worker not responding\nother side closed',
    });
    await system.clock.advance(0);
    expect((await interact(system, session_id, 1)).output).toMatchObject({ status: 'running' });
    expect((await interact(system, session_id, 2)).output).toMatchObject({ status: 'completed', result: 2 });
    expect(answers).toEqual(['answer 1', 'answer 2']);
  });

  it('is had again although it was the last one and its worker has forgotten the session since', async () => {
    await using system = new TestSystem();
    const { task, answers } = counting(1);
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    const { session_id } = await start(system);
    loseReplies(system, 'interact');
    await expect(interact(system, session_id, 1)).rejects.toMatchObject({ status: 503 });
    await system.clock.advance(10_000);
    expect((await system.ask(controllerRoutes.listSessions))[session_id]).toBeUndefined();
    expect((await interact(system, session_id, 1)).output).toMatchObject({ status: 'completed' });
    expect(answers).toHaveLength(1);
    expect(await status(system, session_id)).toMatchObject({ state: 'ended', reason: 'finished' });
  });

  it('ends the session as ever where the client sends no turn', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: counting(3).task, concurrency: 1 });
    const { session_id } = await start(system);
    loseReplies(system, 'interact');
    await expect(interact(system, session_id)).rejects.toMatchObject({ status: 400 });
    await system.clock.advance(0);
    expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
    expect(workerCalls(system, 'cancel')).toBe(1);
  });
});

describe('a turn that is sent again', () => {
  it('while it is played joins it', async () => {
    await using system = new TestSystem();
    const gate = createGate();
    const { task, answers } = counting(2, gate);
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    const { session_id } = await start(system);
    const first = interact(system, session_id, 1);
    await system.clock.advance(0);
    const second = interact(system, session_id, 1);
    await expect(interact(system, session_id, 2)).rejects.toMatchObject({ status: 409 });
    await expect(interact(system, session_id)).rejects.toMatchObject({ status: 409 });
    gate.open();
    expect(await second).toEqual(await first);
    expect(answers).toEqual(['answer 1']);
  });

  it('after the end gets the last reply again, and one that never was is told so', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: counting(1).task, concurrency: 1 });
    const { session_id } = await start(system);
    const last = await interact(system, session_id, 1);
    expect(last.output.status).toBe('completed');
    expect(await interact(system, session_id, 1)).toEqual(last);
    await expect(interact(system, session_id, 2)).rejects.toMatchObject({
      status: 409,
      detail: expect.stringMatching(/^Error: Turn 2 was sent, but the session has played 1 turns/) as unknown,
    });
    await expect(interact(system, session_id)).rejects.toMatchObject({
      status: 400,
      detail: 'Error: Session does not exist',
    });
  });

  it('from the past or the future is refused with both numbers', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: counting(9).task, concurrency: 1 });
    const { session_id } = await start(system);
    for (const turn of [1, 2]) await interact(system, session_id, turn);
    for (const turn of [1, 4])
      await expect(interact(system, session_id, turn)).rejects.toMatchObject({
        status: 409,
        detail: `Error: Turn ${turn} was sent, but the session has played 2 turns; turn 3 is next`,
      });
    expect((await interact(system, session_id, 3)).output.status).toBe('running');
  });
});

describe('a worker that is given up', () => {
  it('for its silence ends the calls to it at once', async () => {
    await using system = new TestSystem();
    const { task } = counting(2);
    const { origin } = await system.startWorker({ name: 'task', task, concurrency: 2 });
    const { session_id } = await start(system);
    system.network.interfere((request, pass) => {
      if (request.url !== 'http://worker-1/api/interact') return pass(request);
      return new Promise((_resolve, reject) =>
        request.signal?.addEventListener('abort', () => reject(new TransportError('aborted', 'aborted'))),
      );
    });
    const step = interact(system, session_id, 1);
    const told = expect(step).rejects.toMatchObject({
      status: 400,
      detail: 'Error: Worker not responding\nthe worker was given up: silent for too long',
    });
    await system.clock.advance(0);
    system.killWorker(origin);
    await system.clock.advance(45_000);
    await told;
    expect(await status(system, session_id)).toMatchObject({ state: 'ended', reason: 'worker lost' });
  });

  it('and comes back, as after SIGSTOP, goes on with a session that nobody was told is gone', async () => {
    await using system = new TestSystem();
    const { task, answers } = counting(2);
    await system.startWorker({ name: 'task', task, concurrency: 2 });
    const { session_id } = await start(system);
    await stopFor(system, 50_000);
    expect(await system.ask(controllerRoutes.listSessions)).toMatchObject({
      [session_id]: { name: 'task', index: 0 },
    });
    await interact(system, session_id, 1);
    expect((await interact(system, session_id, 2)).output.status).toBe('completed');
    expect(answers).toEqual(['answer 1', 'answer 2']);
  });

  it('and comes back has its session ended there when a client was told that it is gone', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: counting(2).task, concurrency: 2 });
    const { session_id } = await start(system);
    await stopFor(system, 50_000, async () => {
      await expect(interact(system, session_id, 1)).rejects.toMatchObject({
        status: 400,
        detail: 'Error: Worker not responding\nthe worker was lost, and the session with it',
      });
    });
    expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
    expect(workerCalls(system, 'cancel')).toBe(1);
    expect(await status(system, session_id)).toMatchObject({ state: 'ended', reason: 'worker lost' });
    const { task: listed } = await system.ask(controllerRoutes.listWorkers);
    expect(Object.values(listed?.workers ?? {})).toMatchObject([{ status: 0, current: 0 }]);
  });
});

describe('a turn that finds nobody at its worker', () => {
  it('ends its session for good, although the worker is found there later', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: counting(2).task, concurrency: 1 });
    const { session_id } = await start(system);
    let left = 1;
    system.network.interfere((request, pass) =>
      request.url === 'http://worker-1/api/interact' && left-- > 0
        ? Promise.reject(new TransportError('refused', 'no route to host'))
        : pass(request),
    );
    await expect(interact(system, session_id, 1)).rejects.toMatchObject({ status: 400 });
    await system.clock.advance(10_000);
    expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
    expect(await status(system, session_id)).toMatchObject({ state: 'ended', reason: 'worker lost' });
    expect(workerCalls(system, 'cancel')).toBe(1);
  });
});

describe('a worker that says goodbye', () => {
  it('still gives the reply to the step that it ends', async () => {
    await using system = new TestSystem();
    const task = new FunctionTask({
      play: async (_index, session) => {
        await ask(session);
        await new Promise<void>((resolve) => session.signal.addEventListener('abort', () => resolve()));
        return { status: 'unknown', result: 'stopped' };
      },
    });
    const { origin } = await system.startWorker({ name: 'task', task, concurrency: 1 });
    const { session_id } = await start(system);
    const wire = createGate();
    system.network.interfere(async (request, pass) => {
      const reply = await pass(request);
      if (request.url === 'http://worker-1/api/interact') await wire.passed;
      if (request.signal?.aborted) throw new TransportError('aborted', 'aborted');
      return reply;
    });
    const step = interact(system, session_id);
    await system.clock.advance(0);
    const stopping = system.stopWorker(origin);
    await system.clock.advance(0);
    expect(await system.ask(controllerRoutes.listWorkers)).toEqual({});
    wire.open();
    expect((await step).output).toMatchObject({ status: 'unknown', result: 'stopped' });
    await stopping;
  });
});

it('an outcome that arrives after the goodbye of its worker is one, and can be had again', async () => {
  await using system = new TestSystem();
  const { origin } = await system.startWorker({ name: 'task', task: counting(1).task, concurrency: 1 });
  const { session_id } = await start(system);
  const wire = createGate();
  system.network.interfere(async (request, pass) => {
    const reply = await pass(request);
    if (request.url === 'http://worker-1/api/interact') await wire.passed;
    return reply;
  });
  const step = interact(system, session_id, 1);
  await system.clock.advance(0);
  await system.stopWorker(origin);
  expect(await status(system, session_id)).toMatchObject({ reason: 'worker lost' });
  wire.open();
  const last = await step;
  expect(last.output.status).toBe('completed');
  expect(await status(system, session_id)).toMatchObject({ reason: 'finished' });
  expect(await interact(system, session_id, 1)).toEqual(last);
});

/** The worker neither speaks nor answers for a while; `meanwhile` happens after it was taken off the list. */
async function stopFor(
  system: TestSystem,
  durationMs: number,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  let isStopped = true;
  system.network.interfere((request, pass) => {
    const isOfWorker =
      request.url.startsWith('http://worker-1/') || request.url.endsWith('receive_heartbeat');
    return isStopped && isOfWorker ? Promise.reject(new TransportError('lost', 'stopped')) : pass(request);
  });
  await system.clock.advance(durationMs);
  expect(await system.ask(controllerRoutes.listWorkers)).toEqual({});
  await meanwhile();
  isStopped = false;
  await system.clock.advance(10_000);
}

/** A machine that sleeps: its clock jumps, and no timer fires meanwhile. */
class SleepyClock extends FakeClock {
  asleepMs = 0;

  override now(): number {
    return super.now() + this.asleepMs;
  }
}

describe('a fault that proves nothing of a worker', () => {
  it('such as two connections cut at once, leaves its sessions alone', async () => {
    await using system = new TestSystem();
    const { task, answers } = counting(2);
    await system.startWorker({ name: 'task', task, concurrency: 2 });
    const { session_id } = await start(system);
    let cuts = 2;
    system.network.interfere((request, pass) =>
      request.url.startsWith('http://worker-1') && cuts-- > 0
        ? Promise.reject(new TransportError('lost', 'reset'))
        : pass(request),
    );
    await expect(interact(system, session_id, 1)).rejects.toMatchObject({ status: 503 });
    await system.clock.advance(0);
    expect(cuts).toBeLessThanOrEqual(0);
    await interact(system, session_id, 1);
    await interact(system, session_id, 2);
    expect(answers).toEqual(['answer 1', 'answer 2']);
  });

  it('such as a sleep of the controller itself, takes nobody off the list', async () => {
    const clock = new SleepyClock();
    await using system = new TestSystem({ clock });
    await system.startWorker({ name: 'task', task: counting(1).task, concurrency: 1 });
    const { session_id } = await start(system);
    clock.asleepMs = 3_600_000;
    await clock.advance(1_000);
    expect(Object.keys((await system.ask(controllerRoutes.listWorkers))['task']?.workers ?? {})).toEqual([
      '0',
    ]);
    expect((await interact(system, session_id, 1)).output.status).toBe('completed');
  });
});

describe('a cancel that is cut off', () => {
  it('is tried again, so that the slot comes free', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: counting(1).task, concurrency: 1 });
    const { session_id } = await start(system);
    let cuts = 1;
    system.network.interfere((request, pass) =>
      request.url === 'http://worker-1/api/cancel' && cuts-- > 0
        ? Promise.reject(new TransportError('lost', 'reset'))
        : pass(request),
    );
    const cancelling = system.ask(controllerRoutes.cancel, { body: { session_id } });
    await expect(cancelling).rejects.toMatchObject({ status: 400 });
    await system.clock.advance(2_000);
    expect(await system.ask(controllerRoutes.listSessions)).toEqual({});
    await start(system);
  });
});

it('a last reply can be had again although its worker has left since', async () => {
  await using system = new TestSystem();
  const { origin } = await system.startWorker({ name: 'task', task: counting(1).task, concurrency: 1 });
  const { session_id } = await start(system);
  const last = await interact(system, session_id, 1);
  await system.stopWorker(origin);
  expect(await interact(system, session_id, 1)).toEqual(last);
  expect(await status(system, session_id)).toMatchObject({ state: 'ended', reason: 'finished' });
});
