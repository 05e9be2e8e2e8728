import { describe, expect, it } from 'vitest';
import { controllerRoutes, TransportError, type AgentOutput } from '../protocol/index.ts';
import { createGate, FunctionTask, type Gate } from '../testing/function-task.ts';
import { TestSystem } from '../testing/test-system.ts';

const normal = (content: string): AgentOutput => ({ status: 'normal', content });

/** Asks for ever; each step passes the gate. */
const endless = (gate?: Gate) =>
  new FunctionTask({
    play: async (_index, session) => {
      for (;;) {
        const { status } = await session.action({ role: 'user', content: 'next?' });
        if (status === 'cancelled') return { status: 'unknown', result: null };
        await gate?.passed;
      }
    },
  });

const start = (system: TestSystem) =>
  system.ask(controllerRoutes.startSample, { body: { name: 'task', index: 2 } });
const interact = (system: TestSystem, session_id: number, turn: number) =>
  system.ask(controllerRoutes.interact, { body: { session_id, agent_response: normal('x'), turn } });
const status = (system: TestSystem, session_id: number) =>
  system.ask(controllerRoutes.sessionStatus, { query: { session_id } });
const renew = (system: TestSystem, session_id: number) =>
  system.ask(controllerRoutes.renew, { body: { session_id } });
const unknown = { status: 400, detail: 'Error: Session does not exist' };

describe('session_status', () => {
  it('tells what a session does, its turn and its last output', async () => {
    await using system = new TestSystem();
    const gate = createGate();
    await system.startWorker({ name: 'task', task: endless(gate), concurrency: 1 });
    const { session_id } = await start(system);
    const startSeconds = system.clock.now() / 1000;
    await system.clock.advance(5_000);
    expect(await status(system, session_id)).toMatchObject({
      session_id,
      name: 'task',
      index: 2,
      state: 'waiting for agent',
      reason: null,
      worker: 'http://worker-1/api',
      turn: 0,
      start: startSeconds,
      last_update: startSeconds,
      output: { status: 'running', history: [{ role: 'user', content: 'next?' }] },
    });
    const step = interact(system, session_id, 1);
    await system.clock.advance(0);
    expect(await status(system, session_id)).toMatchObject({ state: 'stepping', turn: 1 });
    gate.open();
    await step;
    await system.ask(controllerRoutes.cancel, { body: { session_id } });
    expect(await status(system, session_id)).toMatchObject({
      state: 'ended',
      reason: 'cancelled',
      output: null,
    });
  });

  it('says what is known when the worker does not answer, and refuses an unknown session', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: endless(), concurrency: 1 });
    const { session_id } = await start(system);
    system.network.interfere((request, pass) =>
      request.url.endsWith('sample_status')
        ? Promise.reject(new TransportError('timeout', 'no reply'))
        : pass(request),
    );
    expect(await status(system, session_id)).toMatchObject({ turn: null, output: null, index: 2 });
    await expect(status(system, 5)).rejects.toMatchObject(unknown);
  });
});

describe('a session', () => {
  it('that is renewed does not expire, and one that is not does', async () => {
    await using system = new TestSystem({ controller: { sessionTimeoutMs: 60_000 } });
    await system.startWorker({ name: 'task', task: endless(), concurrency: 2 });
    const kept = await start(system);
    const left = await start(system);
    await system.clock.advance(50_000);
    expect(await renew(system, kept.session_id)).toEqual({
      session_id: kept.session_id,
      expires_in_seconds: 60,
    });
    await system.clock.advance(50_000);
    expect(Object.keys(await system.ask(controllerRoutes.listSessions))).toEqual([String(kept.session_id)]);
    expect(await status(system, left.session_id)).toMatchObject({ state: 'ended', reason: 'expired' });
    await expect(renew(system, left.session_id)).rejects.toMatchObject(unknown);
  });

  it('whose step takes longer than its limit is told so and ended, and its slot is kept until it has', async () => {
    await using system = new TestSystem({ controller: { stepTimeoutMs: 700_000 } });
    const gate = createGate();
    await system.startWorker({ name: 'task', task: endless(gate), concurrency: 1 });
    const { session_id } = await start(system);
    const limits: number[] = [];
    system.network.interfere((request, pass) => {
      if (!request.url.endsWith('worker-1/api/interact')) return pass(request);
      limits.push(request.timeoutMs);
      void pass(request).catch(() => undefined);
      return Promise.reject(new TransportError('timeout', 'no reply'));
    });
    await expect(interact(system, session_id, 1)).rejects.toMatchObject({
      status: 400,
      detail: 'Error: Worker not responding\n',
    });
    expect(limits).toEqual([700_000]);
    await system.clock.advance(0);
    expect(await status(system, session_id)).toMatchObject({ state: 'cancelling' });
    expect(Object.keys(await system.ask(controllerRoutes.listSessions))).toHaveLength(1);
    gate.open();
    await system.clock.advance(0);
    expect(await status(system, session_id)).toMatchObject({ state: 'ended', reason: 'expired' });
  });

  it('of a task with a limit of its own for steps is held to that one, after a restart as well', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: endless(), concurrency: 1 });
    const { instance, ...beat } = JSON.parse(
      String(system.network.requests.find(({ url }) => url.endsWith('receive_heartbeat'))?.body),
    ) as { instance: string; name: string; address: string; concurrency: number; indices: number[] };
    await system.ask(controllerRoutes.receiveHeartbeat, {
      body: { ...beat, instance, step_seconds: 2.5 },
    });
    const { session_id } = await start(system);
    const limitOf = (path: string) =>
      system.network.requests.filter(({ url }) => url.endsWith(`worker-1/api/${path}`)).at(-1)?.timeoutMs;
    expect(limitOf('start_sample')).toBe(2_500);
    system.startController({ keepStore: true });
    await interact(system, session_id, 1);
    expect(limitOf('interact')).toBe(2_500);
  });
});

describe('the controller says', () => {
  it('what it can do beyond the reference', async () => {
    await using system = new TestSystem({ controller: { sessionTimeoutMs: 90_000, stepTimeoutMs: 30_000 } });
    expect(await system.ask(controllerRoutes.version)).toEqual({
      name: 'proctor',
      version: 'test',
      turns: true,
      events: true,
      waits: true,
      session_timeout_seconds: 90,
      step_timeout_seconds: 30,
    });
  });

  it('how it is', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: endless(), concurrency: 1 });
    await start(system);
    await system.clock.advance(3_000);
    expect(await system.ask(controllerRoutes.health)).toEqual({
      status: 'ok',
      uptime_seconds: 3,
      workers: 1,
      sessions: 1,
    });
  });
});
