import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import { createHttpServer, type RawJson } from '../http/index.ts';
import { callRoute, workerRoutes, type Transport, type WireError } from '../protocol/index.ts';
import type { Session } from '../sdk/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createGate, FunctionTask } from '../testing/function-task.ts';
import { createTaskWorker, type TaskWorkerDependencies } from './index.ts';

const ask = (session: Session) => session.action({ role: 'user', content: 'next?' });

/** Asks twice, and notes each answer that it gets. */
function createNotingTask(before: (turn: number) => Promise<void> = () => Promise.resolve()) {
  const taken: (string | null)[] = [];
  const task = new FunctionTask({
    play: async (_index, session) => {
      for (let turn = 1; turn <= 2; turn++) {
        const { content, status } = await ask(session);
        if (status === 'cancelled') return { status: 'unknown', result: null };
        taken.push(content);
        await before(turn);
      }
      return { status: 'completed', result: taken.length };
    },
  });
  return { task, taken };
}

async function host(settings: Partial<TaskWorkerDependencies> = {}) {
  const clock = new FakeClock();
  const worker = await createTaskWorker({
    name: 'task',
    task: new FunctionTask(),
    concurrency: 3,
    clock,
    log: silentLogger,
    ...settings,
  });
  const server = createHttpServer(workerRoutes, worker.handlers, { log: silentLogger });
  const texts: string[] = [];
  const transport: Transport = async (request) => {
    const reply = await server.transport(request);
    texts.push(reply.text);
    return reply;
  };
  const peer = { transport, address: 'http://worker/api' };
  const timeoutMs = 1000;
  return {
    clock,
    worker,
    /** Of the replies so far. */
    texts,
    start: (session_id: number, start_id?: string) =>
      callRoute(peer, workerRoutes.startSample, { body: { index: 0, session_id, start_id }, timeoutMs }),
    interact: (session_id: number, turn: number | undefined, content = 'x', since?: number) =>
      callRoute(peer, workerRoutes.interact, {
        body: { session_id, turn, since, agent_response: { status: 'normal', content } },
        timeoutMs,
      }),
    cancel: (session_id: number) => callRoute(peer, workerRoutes.cancel, { body: { session_id }, timeoutMs }),
    sampleStatus: (session_id: number) =>
      callRoute(peer, workerRoutes.sampleStatus, { body: { session_id }, timeoutMs }),
  };
}

const mismatch = (turn: number, played: number) => ({
  status: 409,
  detail: `Error: Turn ${turn} was sent, but the session has played ${played} turns; turn ${played + 1} is next`,
});
const noSession = { status: 400, detail: 'No such session' };

describe('a turn that says how much of the history is known', () => {
  const next = { role: 'user', content: 'next?' };
  const said = { role: 'agent', content: 'a' };
  const whole = [next, said, next];

  it('gets what is new, and again in the form that each request asks for', async () => {
    const { task, taken } = createNotingTask();
    const { start, interact } = await host({ task });
    await start(1);
    for (const since of [1, 3, 0, 1]) {
      const reply = await interact(1, 1, 'a', since);
      expect(reply.output).toMatchObject({ status: 'running', history: whole.slice(since) });
      expect(reply.since).toBe(since);
    }
    for (const since of [undefined, 4, 1_000]) {
      const reply = await interact(1, 1, 'a', since);
      expect(reply.output.history).toEqual(whole);
      expect(reply.since).toBeUndefined();
    }
    expect(taken).toEqual(['a']);
  });

  it('waits with others for the one result, of which each gets its own form', async () => {
    const gate = createGate();
    const { task, taken } = createNotingTask(() => gate.passed);
    const { start, interact, clock } = await host({ task });
    await start(1);
    const waiting = [1, undefined, 2, 9].map((since) => interact(1, 1, 'a', since));
    await clock.advance(0);
    gate.open();
    const replies = await Promise.all(waiting);
    expect(replies.map(({ since }) => since)).toEqual([1, undefined, 2, undefined]);
    expect(replies.map(({ output }) => output.history)).toEqual([
      whole.slice(1),
      whole,
      whole.slice(2),
      whole,
    ]);
    expect(taken).toEqual(['a']);
  });

  it('gets it without a number too', async () => {
    const { start, interact } = await host({ task: createNotingTask().task });
    await start(1);
    expect(await interact(1, undefined, 'a', 2)).toMatchObject({ output: { history: [next] }, since: 2 });
  });

  it('gets the whole with the last reply, which is what is recorded, also after the end', async () => {
    const { task } = createNotingTask();
    const { start, interact } = await host({ task });
    await start(1);
    await interact(1, 1, 'a', 1);
    for (const since of [3, 4, undefined]) {
      const last = await interact(1, 2, 'a', since);
      expect(last.output).toMatchObject({ status: 'completed', history: [...whole, said] });
      expect(last.since).toBeUndefined();
    }
  });

  it('gets the whole with the failure of a task, again and again', async () => {
    const task = new FunctionTask({
      play: async (_index, session) => {
        await ask(session);
        throw new Error('broken');
      },
    });
    const { start, interact } = await host({ task });
    await start(1);
    for (const since of [1, 2, undefined]) {
      const failure = (await interact(1, 1, 'a', since).catch((error: unknown) => error)) as WireError;
      expect(failure).toMatchObject({ status: 501, detail: { output: { history: [next, said] } } });
      expect(failure.detail).not.toHaveProperty('since');
    }
  });

  it('gets all that an agent is shown where that is not everything', async () => {
    const { task } = createNotingTask();
    const { start, interact } = await host({ task, historySegments: 3 });
    await start(1);
    const reply = await interact(1, 1, 'a', 1);
    expect(reply.output.history?.[0]?.content).toContain('messages are omitted');
    expect(reply.since).toBeUndefined();
  });

  it('gets the history as it was at that turn, also when the task has said more since', async () => {
    const task = new FunctionTask({
      play: async (_index, session) => {
        const asked = session.action({ role: 'user', content: 'next?' });
        session.inject({ role: 'user', content: 'too early' });
        await asked;
        await session.action({ role: 'user', content: 'next?' });
        return { status: 'completed', result: null };
      },
    });
    const { start } = await host({ task });
    for (let time = 1; time <= 2; time++) {
      const first = await start(1, 'a');
      expect(first.output.history).toEqual([next]);
    }
  });

  it('reads each message a few times however many turns the session has', async () => {
    const turns = 40;
    let reads = 0;
    const task = new FunctionTask({
      play: async (_index, session) => {
        for (let turn = 1; turn <= turns; turn++) {
          const message = { role: 'user' as const, content: 'next?' };
          Object.defineProperty(message, 'content', { get: () => (reads++, 'next?') });
          await session.action(message);
        }
        return { status: 'completed', result: null };
      },
    });
    const { start, interact } = await host({ task });
    await start(1);
    for (let turn = 1; turn <= turns; turn++) await interact(1, turn, 'a', 2 * turn - 1);
    // Checked as the task says it, told once, and once more with the last reply; whole histories would be 820 readings more.
    expect(reads).toBeLessThanOrEqual(4 * turns);
  });
});

describe('a turn that says nothing of it', () => {
  it('is answered byte for byte as it always was', async () => {
    const { start, interact, texts } = await host({ task: createNotingTask().task });
    await start(1);
    await interact(1, 1, 'a');
    await interact(1, 2, 'b');
    const [next, a, b] = ['user next?', 'agent a', 'agent b'].map((message) => {
      const [role, content] = message.split(' ');
      return `{"role":"${role}","content":"${content}"}`;
    });
    const running = '"index":null,"status":"running","result":null';
    const completed = '"index":0,"status":"completed","result":2';
    expect(texts).toEqual([
      `{"session_id":1,"output":{${running},"history":[${next}]}}`,
      `{"session_id":1,"output":{${running},"history":[${next},${a},${next}]}}`,
      `{"session_id":1,"output":{${completed},"history":[${next},${a},${next},${b}]}}`,
    ]);
  });
});

describe('a turn with a number', () => {
  it('is played once, and answered the same however often it is asked for', async () => {
    const { task, taken } = createNotingTask();
    const { start, interact, sampleStatus } = await host({ task });
    await start(1);
    const first = await interact(1, 1, 'a');
    expect(await interact(1, 1, 'a')).toEqual(first);
    expect((await sampleStatus(1)).turn).toBe(1);
    const second = await interact(1, 2, 'b');
    expect(second.output).toMatchObject({ status: 'completed', result: 2 });
    expect(await interact(1, 2, 'b')).toEqual(second);
    expect(taken).toEqual(['a', 'b']);
  });

  it('waits for the reply of the same turn that is still computed', async () => {
    const gate = createGate();
    const { task, taken } = createNotingTask(() => gate.passed);
    const { start, interact, clock } = await host({ task });
    await start(1);
    const [first, again] = [interact(1, 1, 'a'), interact(1, 1, 'a')];
    await clock.advance(0);
    await expect(interact(1, undefined, 'z')).rejects.toMatchObject({
      status: 400,
      detail: 'Task Executing, please do not send new request.',
    });
    gate.open();
    expect(await again).toEqual(await first);
    expect(taken).toEqual(['a']);
  });

  it.each([
    [0, [2, 3]],
    [1, [3]],
    [2, [1, 3]],
  ])('is refused with both numbers when %i were played and it is one of %j', async (played, wrong) => {
    const { task, taken } = createNotingTask();
    const { start, interact } = await host({ task });
    await start(1);
    for (let turn = 1; turn <= played; turn++) await interact(1, turn);
    for (const turn of wrong) await expect(interact(1, turn)).rejects.toMatchObject(mismatch(turn, played));
    expect(taken).toHaveLength(played);
  });

  it('counts the answers that came without one', async () => {
    const { start, interact } = await host({ task: createNotingTask().task });
    await start(1);
    await interact(1, undefined);
    await expect(interact(1, 3)).rejects.toMatchObject(mismatch(3, 1));
    expect((await interact(1, 2)).output.status).toBe('completed');
  });

  it('gets the same error again when the task failed at it', async () => {
    const task = new FunctionTask({
      play: async (_index, session) => {
        await ask(session);
        throw new Error('broken');
      },
    });
    const { start, interact } = await host({ task });
    await start(1);
    const failure = await interact(1, 1).catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 501, detail: { output: { status: 'task error' } } });
    await expect(interact(1, 1)).rejects.toEqual(failure);
  });

  it('gets the outcome again when the sample had ended while the agent was thinking', async () => {
    const gate = createGate();
    const task = new FunctionTask({
      play: async (_index, session) => {
        await Promise.race([ask(session), gate.passed]);
        return { status: 'task limit reached', result: 'too slow' };
      },
    });
    const { start, interact, clock } = await host({ task });
    await start(1);
    gate.open();
    await clock.advance(0);
    const end = await interact(1, 1);
    expect(end.output.result).toBe('too slow');
    expect(await interact(1, 1)).toEqual(end);
  });

  it('gets no reply of a cancelled session', async () => {
    const { start, interact, cancel } = await host({ task: createNotingTask().task });
    await start(1);
    await interact(1, 1);
    await cancel(1);
    await expect(interact(1, 1)).rejects.toMatchObject(noSession);
  });

  it('gets no old reply either while a cancelled task has not ended yet', async () => {
    const gate = createGate();
    const task = new FunctionTask({
      play: async (_index, session) => {
        while ((await ask(session)).status !== 'cancelled');
        await gate.passed;
        return { status: 'unknown', result: null };
      },
    });
    const { start, interact, cancel, clock } = await host({ task });
    await start(1);
    await interact(1, 1);
    const cancelled = cancel(1);
    await clock.advance(0);
    await expect(interact(1, 1)).rejects.toMatchObject({ status: 400 });
    gate.open();
    await cancelled;
  });
});

describe('a turn that is being played when its sample is cancelled', () => {
  const createStuckTask = () =>
    new FunctionTask({
      play: async (_index, session) => {
        await ask(session);
        await new Promise((resolve) => session.signal.addEventListener('abort', resolve));
        return { status: 'unknown', result: null };
      },
    });

  it.each(['worker stops', 'session is cancelled'])(
    'is answered with no outcome that the task made of it, since the %s',
    async (why) => {
      const { start, interact, cancel, worker, clock } = await host({ task: createStuckTask() });
      await start(1);
      const played = interact(1, 1).catch((error: unknown) => error);
      await clock.advance(0);
      await (why === 'worker stops' ? worker.close() : cancel(1));
      expect(await played).toMatchObject(noSession);
    },
  );

  it('is answered so at the start as well, where the start has a name', async () => {
    const task = new FunctionTask({
      play: async (_index, session) => {
        await new Promise((resolve) => session.signal.addEventListener('abort', resolve));
        return { status: 'unknown', result: null };
      },
    });
    const { start, worker, clock } = await host({ task });
    const named = start(1, 'a').catch((error: unknown) => error);
    const plain = start(2);
    await clock.advance(0);
    await worker.close();
    expect(await named).toMatchObject(noSession);
    expect((await plain).output.status).toBe('unknown');
  });

  it('is answered as it always was where turns are not counted', async () => {
    const { start, interact, worker, clock } = await host({ task: createStuckTask() });
    await start(1);
    const played = interact(1, undefined);
    await clock.advance(0);
    await worker.close();
    expect((await played).output.status).toBe('unknown');
  });
});

describe('the reply of an ended session', () => {
  it('is kept for its time, and leaves no timer when the worker closes', async () => {
    const { start, interact, clock, worker } = await host({ options: { keepRepliesMs: 5_000 } });
    await start(1);
    await interact(1, 1);
    await clock.advance(4_999);
    await interact(1, 1);
    await clock.advance(1);
    await expect(interact(1, 1)).rejects.toMatchObject(noSession);
    await start(2);
    await interact(2, 1);
    await worker.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('makes room for newer ones', async () => {
    const { start, interact } = await host({ options: { keptReplies: 2 } });
    for (const id of [1, 2, 3]) {
      await start(id);
      await interact(id, 1);
    }
    await expect(interact(1, 1)).rejects.toMatchObject(noSession);
    for (const id of [2, 3]) expect((await interact(id, 1)).session_id).toBe(id);
  });
});

describe('a named start', () => {
  it('starts one session however often it is asked for, also while it starts', async () => {
    let started = 0;
    const gate = createGate();
    const task = new FunctionTask({
      play: async (_index, session) => {
        started++;
        await gate.passed;
        return { status: 'completed', result: (await ask(session)).content };
      },
    });
    const { start, clock } = await host({ task });
    const [first, again] = [start(1, 'a'), start(1, 'a')];
    await clock.advance(0);
    gate.open();
    expect(await again).toEqual(await first);
    expect(await start(1, 'a')).toEqual(await first);
    expect(started).toBe(1);
    for (const other of ['b', undefined])
      await expect(start(1, other)).rejects.toMatchObject({
        status: 400,
        detail: 'Session ID already exists',
      });
  });

  it('is refused once a turn was played, also after the end', async () => {
    const { start, interact } = await host({ task: createNotingTask().task });
    await start(1, 'a');
    await interact(1, 1);
    await expect(start(1, 'a')).rejects.toMatchObject(mismatch(0, 1));
    await interact(1, 2);
    await expect(start(1, 'a')).rejects.toMatchObject(mismatch(0, 2));
  });

  it('gets its reply again also of a sample that ended without a question', async () => {
    const task = new FunctionTask({ play: () => Promise.resolve({ status: 'completed', result: 5 }) });
    const { start } = await host({ task });
    const end = await start(1, 'a');
    expect(await start(1, 'a')).toEqual(end);
  });

  it('is not ended when its client is gone, since that will ask again', async () => {
    const { worker, start, clock, sampleStatus } = await host({ task: createNotingTask().task });
    const call = { query: undefined, bodyText: '', isClientGone: () => true };
    const body = { index: 0, session_id: 1, start_id: 'a' };
    const reply = await worker.handlers.startSample({ body, ...call });
    await clock.advance(0);
    expect((await sampleStatus(1)).status.waiting_for_agent).toBe(true);
    expect(await start(1, 'a')).toEqual(JSON.parse((reply as RawJson).text));
  });
});
