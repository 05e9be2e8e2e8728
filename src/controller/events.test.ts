import { afterEach, describe, expect, it } from 'vitest';
import { parseJson, silentLogger } from '../base/index.ts';
import { createHttpServer, createHttpTransport, type StreamClient } from '../http/index.ts';
import {
  controllerEvents,
  controllerRoutes,
  TransportError,
  type AgentOutput,
  type EventType,
} from '../protocol/index.ts';
import { FunctionTask } from '../testing/function-task.ts';
import { TestSystem } from '../testing/test-system.ts';

const answer: AgentOutput = { status: 'normal', content: 'answer' };
/** Ends after its second answer. */
const task = new FunctionTask({
  play: async (_index, session) => {
    for (let turn = 0; turn < 2; turn++) await session.action({ role: 'user', content: 'next?' });
    return { status: 'completed', result: null };
  },
});

const nextStep = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
const path = '/api/events';

interface Told {
  readonly id: string;
  readonly type: string;
  readonly data: object;
}

/** Follows a system's events without a connection. */
function follow(system: TestSystem, query: Record<string, string> = {}, lastEventId?: string) {
  const told: Told[] = [];
  const pings: string[] = [];
  let isEnded = false;
  const client: StreamClient = {
    query,
    lastEventId,
    write: (text) => {
      for (const part of text.split('\n\n').slice(0, -1)) {
        const [id, type, data] = part.split('\n').map((line) => line.slice(line.indexOf(': ') + 2));
        if (part === ':') pings.push(part);
        else told.push({ id: id as string, type: type as string, data: parseJson(data as string) as object });
      }
    },
    end: () => (isEnded = true),
  };
  const leave = (system.streams as Record<string, (client: StreamClient) => () => void>)[path]?.(client);
  return {
    told,
    pings,
    leave: () => leave?.(),
    types: () => told.map(({ type }) => type),
    isEnded: () => isEnded,
  };
}

async function playSample(system: TestSystem, index: number): Promise<number> {
  const { session_id } = await system.ask(controllerRoutes.startSample, {
    body: { name: 'task', index, owner: 'me' },
  });
  for (let turn = 1; turn <= 2; turn++)
    await system.ask(controllerRoutes.interact, { body: { session_id, turn, agent_response: answer } });
  return session_id;
}

describe('the events', () => {
  it('tell of workers, slots, and sessions from their start to their end', async () => {
    await using system = new TestSystem();
    const reader = follow(system);
    expect(reader.told).toMatchObject([{ type: 'reset', data: { workers: [], slots: [], sessions: 0 } }]);
    const { origin } = await system.startWorker({ name: 'task', task, concurrency: 2 });
    await nextStep();
    const id = await playSample(system, 0);
    await nextStep();
    const worker = { task: 'task', worker_id: 0, address: 'http://worker-1/api' };
    const session = { session_id: id, task: 'task' };
    const slots = (used: number) => ({ type: 'slots', data: { task: 'task', capacity: 2, used } });
    expect(reader.told.slice(1).map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'worker_joined', data: worker },
      slots(0),
      { type: 'session_started', data: { ...session, index: 0, worker_id: 0, owner: 'me' } },
      slots(1),
      { type: 'session_turn', data: { ...session, turn: 1 } },
      { type: 'session_turn', data: { ...session, turn: 2 } },
      { type: 'session_ended', data: { ...session, reason: 'finished' } },
      slots(0),
    ]);
    for (const { type, data } of reader.told) controllerEvents[type as EventType].parse(data);
    system.killWorker(origin);
    await system.clock.advance(12_000);
    await nextStep();
    expect(reader.told.slice(-2)).toMatchObject([
      { type: 'worker_left', data: worker },
      { type: 'slots', data: { task: 'task', capacity: 0, used: 0 } },
    ]);
  });

  it('that were missed are told once to who comes back with the last that it has', async () => {
    await using system = new TestSystem();
    const all = follow(system);
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    const first = follow(system);
    await playSample(system, 0);
    await nextStep();
    first.leave();
    await playSample(system, 1);
    await nextStep();
    const second = follow(system, {}, first.told.at(-1)?.id);
    await playSample(system, 2);
    await nextStep();
    const ids = [...first.told.slice(1), ...second.told].map(({ id }) => id);
    expect(second.types()).not.toContain('reset');
    expect(ids).toEqual(all.told.slice(-ids.length).map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('begin with how things stand for who is new, was away for too long, or comes from another controller', async () => {
    await using system = new TestSystem({ controller: { keptEvents: 4 } });
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    const early = follow(system);
    await playSample(system, 0);
    await nextStep();
    for (const lastEventId of [undefined, early.told[0]?.id, 'another.1', `${early.told[0]?.id}9`, 'x']) {
      const reader = follow(system, {}, lastEventId);
      expect(reader.told).toMatchObject([
        {
          type: 'reset',
          id: early.told.at(-1)?.id,
          data: { workers: [{ task: 'task' }], slots: [{ task: 'task', capacity: 1, used: 0 }], sessions: 0 },
        },
      ]);
    }
  });

  it('are of the kinds that were asked for', async () => {
    await using system = new TestSystem();
    const reader = follow(system, { kinds: 'turns,nonsense' });
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    await playSample(system, 0);
    await nextStep();
    expect(reader.types()).toEqual(['reset', 'session_turn', 'session_turn']);
  });

  it('come with a sign of life every 15 s, and end with the controller', async () => {
    await using system = new TestSystem();
    const reader = follow(system);
    await system.clock.advance(30_000);
    expect(reader.pings).toHaveLength(2);
    const { streams } = system;
    system.startController();
    expect(reader.isEnded()).toBe(true);
    // One that has ended is told nothing more, and one that comes now is ended at once.
    const told = reader.told.length;
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    await nextStep();
    expect(reader.told).toHaveLength(told);
    const late = { isEnded: false };
    const open = (streams as Record<string, (client: StreamClient) => () => void>)[path];
    open?.({ query: {}, lastEventId: undefined, write: () => undefined, end: () => (late.isEnded = true) })();
    expect(late.isEnded).toBe(true);
  });

  it('tell a worker that was silent when somebody came, and is heard again', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task, concurrency: 2 });
    await nextStep();
    let isCut = true;
    system.network.interfere((request, pass) => {
      if (isCut && request.url.endsWith('/receive_heartbeat')) throw new TransportError('lost', 'cut');
      return pass(request);
    });
    // Silent for too long, and nobody has looked since.
    await system.clock.advance(11_300);
    const reader = follow(system);
    isCut = false;
    await system.clock.advance(20_000);
    await nextStep();
    const last = reader.told.filter(({ type }) => type === 'slots' || type === 'reset').at(-1);
    expect(JSON.stringify(last?.data)).toContain('"capacity":2');
  });
});

describe('the stream', () => {
  const closables: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const closable of closables.splice(0)) await closable.close();
  });

  async function serve(open: (client: StreamClient) => () => void, token?: string) {
    const handlers = {} as Parameters<typeof createHttpServer<Record<string, never>>>[1];
    const server = createHttpServer({}, handlers, {
      log: silentLogger,
      streams: { [path]: open },
      ...(token !== undefined && { token }),
    });
    const client = createHttpTransport(token === undefined ? {} : { token });
    closables.push(client, server);
    const port = await server.listen({ host: '127.0.0.1', port: 0 });
    return { client, url: `http://127.0.0.1:${port}${path}` };
  }

  it('goes over a connection, and its end is noticed on both sides', async () => {
    let gone: () => void = () => undefined;
    const isGone = new Promise<void>((resolve) => (gone = resolve));
    const seen: (string | undefined)[] = [];
    const { client, url } = await serve(({ lastEventId, query, write }) => {
      seen.push(lastEventId, query['kinds']);
      write(':\n\nid: a.1\nevent: slots\ndata: {"ä": 1}\n\n');
      return gone;
    }, 'secret');
    const stopping = new AbortController();
    const events = client.follow({ url: `${url}?kinds=slots`, lastEventId: 'a.0', signal: stopping.signal });
    for await (const event of events) {
      expect(event).toEqual({ id: 'a.1', type: 'slots', data: '{"ä": 1}' });
      break;
    }
    await isGone;
    expect(seen).toEqual(['a.0', 'slots']);
    const stranger = createHttpTransport();
    closables.push(stranger);
    const refused = stranger.follow({ url, signal: stopping.signal })[Symbol.asyncIterator]();
    await expect(refused.next()).rejects.toMatchObject({ fault: 'lost', message: 'status 401' });
  });

  it('takes the last of a name that is given twice', async () => {
    const seen: string[] = [];
    const { client, url } = await serve(({ query, end }) => {
      seen.push(...(query['kinds'] ?? '').split(','));
      end();
      return () => undefined;
    });
    const events = client.follow({
      url: `${url}?kinds=workers&kinds=slots`,
      signal: new AbortController().signal,
    });
    await events[Symbol.asyncIterator]().next();
    expect(seen).toEqual(['slots']);
  });

  it('is not written to after its end', async () => {
    const { client, url } = await serve(({ write, end }) => {
      write('data: in time\n\n');
      end();
      write('data: late\n\n');
      return () => undefined;
    });
    const events = client.follow({ url, signal: new AbortController().signal })[Symbol.asyncIterator]();
    const end = events.next();
    const failures: unknown[] = [];
    const note = (error: unknown) => failures.push(error);
    process.on('uncaughtException', note);
    try {
      await end;
      await nextStep();
    } finally {
      process.off('uncaughtException', note);
    }
    expect(failures).toEqual([]);
  });

  it('lets a reader go that does not read', async () => {
    let gone: () => void = () => undefined;
    const isGone = new Promise<void>((resolve) => (gone = resolve));
    const { client, url } = await serve(({ write }) => {
      const timer = setInterval(() => write(`data: ${'x'.repeat(2 ** 18)}\n\n`), 1);
      return () => {
        clearInterval(timer);
        gone();
      };
    });
    const events = client.follow({ url, signal: new AbortController().signal })[Symbol.asyncIterator]();
    await events.next();
    // Nothing is read from here on.
    await isGone;
    await expect(
      (async () => {
        while (!(await events.next()).done);
      })(),
    ).rejects.toMatchObject({ fault: 'lost' });
  });
});
