import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import { createHttpServer } from '../http/index.ts';
import { callRoute, TransportError, WireError, workerRoutes, type Transport } from '../protocol/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createGate, FunctionTask } from '../testing/function-task.ts';
import type { Session } from '../sdk/index.ts';
import { createTaskWorker, type TaskWorkerDependencies } from './index.ts';

const ask = (session: Session) => session.action({ role: 'user', content: 'next?' });

async function host(settings: Partial<TaskWorkerDependencies> = {}) {
  const clock = new FakeClock();
  const worker = await createTaskWorker({
    name: 'task',
    task: new FunctionTask(),
    concurrency: 2,
    clock,
    log: silentLogger,
    ...settings,
  });
  const { transport } = createHttpServer(workerRoutes, worker.handlers, { log: silentLogger });
  const peer = { transport, address: 'http://worker/api' };
  return {
    clock,
    worker,
    peer,
    start: (session_id: number, index: number | string = 0) =>
      callRoute(peer, workerRoutes.startSample, { body: { index, session_id }, timeoutMs: 1000 }),
    interact: (session_id: number, content: string) =>
      callRoute(peer, workerRoutes.interact, {
        body: { session_id, agent_response: { status: 'normal', content } },
        timeoutMs: 1000,
      }),
    cancel: (session_id: number) =>
      callRoute(peer, workerRoutes.cancel, { body: { session_id }, timeoutMs: 1000 }),
    sessions: () => callRoute(peer, workerRoutes.getSessions, { timeoutMs: 1000 }),
    status: () => callRoute(peer, workerRoutes.workerStatus, { timeoutMs: 1000 }),
    sampleStatus: (session_id: number) =>
      callRoute(peer, workerRoutes.sampleStatus, { body: { session_id }, timeoutMs: 1000 }),
  };
}

const hanging = (gate: { readonly passed: Promise<void> }) =>
  new FunctionTask({
    play: async (_index, session) => {
      await ask(session);
      await gate.passed;
      return { status: 'completed', result: 'late' };
    },
  });

describe('a task-worker', () => {
  it('refuses a taken session id, a sample beyond its concurrency, and an unknown session', async () => {
    const { start, interact, cancel } = await host({ concurrency: 1 });
    await start(7);
    await expect(start(7)).rejects.toMatchObject({ status: 400, detail: 'Session ID already exists' });
    await expect(start(8)).rejects.toMatchObject({
      status: 406,
      detail: 'Sample concurrency limit reached: 1',
    });
    await expect(interact(9, 'x')).rejects.toMatchObject({ status: 400, detail: 'No such session' });
    await expect(cancel(9)).rejects.toMatchObject({ status: 400, detail: 'No such session' });
  });

  it('refuses a second answer while a step is under way, and plays the first one only', async () => {
    const gate = createGate();
    const { start, interact, clock } = await host({ task: hanging(gate) });
    await start(1);
    const step = interact(1, 'first');
    await clock.advance(0);
    await expect(interact(1, 'second')).rejects.toMatchObject({
      status: 400,
      detail: 'Task Executing, please do not send new request.',
    });
    gate.open();
    const { output } = await step;
    expect(output).toMatchObject({ index: 0, status: 'completed', result: 'late' });
    expect(output.history?.map(({ content }) => content)).toEqual(['next?', 'first']);
  });

  it('tells what a session is doing, and how many it plays', async () => {
    const gate = createGate();
    const { start, interact, status, sessions, sampleStatus, clock } = await host({ task: hanging(gate) });
    await start(1, 2);
    expect(await sessions()).toEqual({ '1': 2 });
    expect(await status()).toEqual({ concurrency: 2, current: 1 });
    expect(await sampleStatus(1)).toMatchObject({
      session_id: 1,
      index: 2,
      status: {
        waiting_for_env: false,
        waiting_for_agent: true,
        env_input: null,
        env_output: { status: 'running' },
      },
    });
    const step = interact(1, 'go');
    await clock.advance(0);
    expect(await sampleStatus(1)).toMatchObject({
      status: {
        waiting_for_env: true,
        waiting_for_agent: false,
        env_input: { status: 'normal', content: 'go' },
      },
    });
    gate.open();
    await step;
    expect(await sessions()).toEqual({});
  });

  it.each([
    ['a status that does not exist', { status: 'fine', result: 1 }],
    ['the status running', { status: 'running', result: 1 }],
    ['no outcome at all', undefined],
    ['a result that JSON cannot hold', { status: 'completed', result: 5n }],
  ])("books %s as the task's error", async (_what, outcome) => {
    const task = new FunctionTask({ play: () => Promise.resolve(outcome as never) });
    const { start, sessions } = await host({ task });
    expect((await start(1)).output.status).toBe('task error');
    expect(await sessions()).toEqual({});
  });

  it.each([
    ['a string', 'What?'],
    ['a part without text', { role: 'user', content: [{ type: 'text' }] }],
    ['nothing', undefined],
  ])("books %s in a message's place as the task's error and frees the slot", async (_what, message) => {
    const task = new FunctionTask({
      play: async (_index, session) => {
        await session.action(message as never);
        return { status: 'completed', result: null };
      },
    });
    const { start, sessions } = await host({ task });
    const { output } = await start(1);
    expect(output.status).toBe('task error');
    expect(output.result).toMatch(/for a message, which is \{ role, content \}/);
    expect(await sessions()).toEqual({});
  });

  it("books a second question beside an open one as the task's error", async () => {
    const task = new FunctionTask({
      play: async (_index, session) => {
        await Promise.all([ask(session), ask(session)]);
        return { status: 'completed', result: null };
      },
    });
    const { start, interact } = await host({ task });
    await start(1);
    await expect(interact(1, 'x')).rejects.toThrow(WireError);
  });

  it("gives the outcome of a sample that ended while the agent was thinking to the agent's next answer", async () => {
    const gate = createGate();
    const task = new FunctionTask({
      play: async (_index, session) => {
        await Promise.race([ask(session), gate.passed]);
        return { status: 'task limit reached', result: 'too slow' };
      },
    });
    const { start, interact, cancel, sessions, clock } = await host({ task });
    await start(1);
    await start(2);
    gate.open();
    await clock.advance(0);
    expect((await interact(1, 'late')).output).toMatchObject({
      status: 'task limit reached',
      result: 'too slow',
    });
    await cancel(2);
    expect(await sessions()).toEqual({});
  });

  it('cancels a sample that waits for the agent, and its signal tells the task', async () => {
    let aborted = false;
    const task = new FunctionTask({
      play: async (_index, session) => {
        const first = await ask(session);
        const second = await ask(session);
        aborted = session.signal.aborted;
        return { status: 'unknown', result: [first.status, second.status] };
      },
    });
    const { start, cancel, sessions } = await host({ task });
    await start(1);
    expect(await cancel(1)).toEqual({ session_id: 1 });
    expect(aborted).toBe(true);
    expect(await sessions()).toEqual({});
  });

  it('shows images and system messages as VisualAgentBench has them', async () => {
    const task = new FunctionTask({
      play: async (_index, session) => {
        session.inject({ role: 'system', content: 'Look.' });
        await session.action({
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image', url: 'data:image/png;base64,a.png', detail: 'low' },
          ],
        });
        return { status: 'completed', result: null };
      },
    });
    const { start } = await host({ task });
    expect((await start(1)).output.history).toEqual([
      { role: 'system', content: 'Look.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,a.png', detail: 'low' } },
        ],
      },
    ]);
  });

  it('shows of a long history what fits, when told so, and gives all of it at the end', async () => {
    const task = new FunctionTask({
      play: async (_index, session) => {
        for (let turn = 0; turn < 4; turn++) await ask(session);
        return { status: 'completed', result: null };
      },
    });
    const { start, interact } = await host({ task, historySegments: 8 });
    await start(1);
    for (const answer of ['one', 'two']) await interact(1, answer);
    const shown = (await interact(1, 'three')).output.history ?? [];
    expect(shown.map(({ content }) => content)).toEqual([
      'next?\n\n[NOTICE] 2 messages are omitted.',
      'two',
      'next?',
      'three',
      'next?',
    ]);
    expect(shown[1]?.role).toBe('agent');
    expect((await interact(1, 'four')).output.history).toHaveLength(8);
  });
});

describe('a sample whose starter is gone', () => {
  it('is ended when its first question finds nobody waiting', async () => {
    const gate = createGate();
    const task = new FunctionTask({
      play: async (_index, session) => {
        await gate.passed;
        const { status } = await ask(session);
        return { status: status === 'cancelled' ? 'unknown' : 'completed', result: null };
      },
    });
    const { worker, sessions, clock } = await host({ task });
    const body = { index: 0, session_id: 1 };
    const starting = worker.handlers.startSample({
      body,
      query: undefined,
      bodyText: '',
      isClientGone: () => true,
    });
    expect(await sessions()).toEqual({ '1': 0 });
    gate.open();
    await starting;
    await clock.advance(0);
    expect(await sessions()).toEqual({});
  });
});

describe('its heartbeat', () => {
  function recordingController(answer: () => Promise<{ readonly status: number; readonly text: string }>) {
    const bodies: { readonly path: string; readonly body: Record<string, unknown> }[] = [];
    const transport: Transport = (request) => {
      bodies.push({
        path: new URL(request.url).pathname,
        body: JSON.parse(request.body as string) as Record<string, unknown>,
      });
      return answer();
    };
    return { bodies, peer: { transport, address: 'http://controller/api' } };
  }

  it('comes at once and every eight seconds, and a clean stop says goodbye and leaves no timer', async () => {
    const { worker, clock } = await host();
    const { bodies, peer } = recordingController(() => Promise.resolve({ status: 200, text: 'null' }));
    worker.introduce(peer, 'http://me/api');
    await clock.advance(0);
    expect(bodies).toHaveLength(1);
    expect(bodies[0]).toMatchObject({
      path: '/api/receive_heartbeat',
      body: { name: 'task', address: 'http://me/api', concurrency: 2, indices: [0, 1, 2, 3] },
    });
    await clock.advance(8_000);
    expect(bodies).toHaveLength(2);
    await worker.close();
    expect(bodies.at(-1)?.path).toBe('/api/unregister_worker');
    expect(clock.pendingTimers).toBe(0);
  });

  it('is tried again each second while the controller is not there', async () => {
    const { worker, clock } = await host();
    const { bodies, peer } = recordingController(() =>
      Promise.reject(new TransportError('refused', 'connect ECONNREFUSED')),
    );
    worker.introduce(peer, 'http://me/api');
    await clock.advance(3_000);
    expect(bodies).toHaveLength(4);
    await worker.close();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('trouble with the controller', () => {
  it('is told once while it lasts, and its end as well', async () => {
    const told: string[] = [];
    const note = (message: string) => void told.push(message);
    const { worker, clock } = await host({ log: { ...silentLogger, info: note, warn: note } });
    let isThere = false;
    const transport: Transport = () =>
      isThere
        ? Promise.resolve({ status: 200, text: 'null' })
        : Promise.reject(new TransportError('refused', 'connect ECONNREFUSED'));
    worker.introduce({ transport, address: 'http://controller/api' }, 'http://me/api');
    await clock.advance(5_000);
    isThere = true;
    await clock.advance(20_000);
    expect(told.map((line) => line.replace(/ the controller at.*/, ''))).toEqual([
      'not listed by',
      'listed by',
    ]);
    await worker.close();
  });
});

describe('a stop', () => {
  it('cancels what runs, takes nothing new, and releases the task once', async () => {
    let released = 0;
    class Released extends FunctionTask {
      override release(): void {
        released++;
      }
    }
    const { worker, start, sessions } = await host({ task: new Released() });
    await start(1);
    await worker.close();
    expect(released).toBe(1);
    expect(await sessions()).toEqual({});
    await expect(start(2)).rejects.toMatchObject({ status: 406 });
  });

  it('does not wait for ever for a task that ignores its signal', async () => {
    const gate = createGate();
    const { worker, start, interact, clock } = await host({ task: hanging(gate) });
    await start(1);
    const step = interact(1, 'go');
    await clock.advance(0);
    let closed = false;
    const closing = worker.close().then(() => (closed = true));
    await clock.advance(4_999);
    expect(closed).toBe(false);
    await clock.advance(2);
    await closing;
    gate.open();
    await step;
  });
});
