import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpTransport } from '../http/index.ts';
import { controllerRoutes, type AgentOutput } from '../protocol/index.ts';
import { FunctionTask } from '../testing/function-task.ts';
import { TestSystem } from '../testing/test-system.ts';
import type { ControllerStore } from './store/index.ts';
import { WorkerClient } from './worker-client.ts';

const answer: AgentOutput = { status: 'normal', content: 'answer' };
const endless = new FunctionTask({
  play: async (_index, session) => {
    for (;;) {
      const { status } = await session.action({ role: 'user', content: 'next?' });
      if (status === 'cancelled') return { status: 'unknown', result: null };
    }
  },
});

/** Notes the name of everything that the store is asked to do. */
function watchStore(store: ControllerStore, asked: string[]): ControllerStore {
  return new Proxy(store, {
    get: (target, name) => {
      const operation: unknown = Reflect.get(target, name);
      if (typeof operation !== 'function') return operation;
      asked.push(String(name));
      return operation.bind(target) as unknown;
    },
  });
}

describe('a turn', () => {
  it('costs one request to its worker, and nothing is written down', async () => {
    const asked: string[] = [];
    await using system = new TestSystem({ wrapStore: (store) => watchStore(store, asked) });
    await system.startWorker({ name: 'task', task: endless, concurrency: 1 });
    const { session_id } = await system.ask(controllerRoutes.startSample, {
      body: { name: 'task', index: 0 },
    });
    expect(asked.splice(0)).toContain('saveSession');
    const sentBefore = system.network.requests.length;
    for (let turn = 1; turn <= 5; turn++)
      await system.ask(controllerRoutes.interact, { body: { session_id, turn, agent_response: answer } });
    expect(asked).toEqual([]);
    const sent = system.network.requests.slice(sentBefore).map(({ url }) => url);
    const ofOneTurn = ['http://controller/api/interact', 'http://worker-1/api/interact'];
    expect(sent).toEqual(Array.from({ length: 5 }, () => ofOneTurn).flat());
  });
});

describe('a reply that is passed on', () => {
  const closables: (() => void)[] = [];
  afterEach(() => {
    for (const close of closables.splice(0)) close();
  });

  async function relayFrom(headers: Readonly<Record<string, string>>, text: string) {
    const server = createServer((_request, response) => {
      response.writeHead(200, headers);
      response.end(text);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const http = createHttpTransport();
    closables.push(
      () => server.close(),
      () => void http.close(),
    );
    const worker = { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api` };
    return new WorkerClient(http.transport).relay(worker, 'interact', { bodyText: '{}', timeoutMs: 60_000 });
  }

  it('is not read where its worker tells the status beside it', async () => {
    const text = 'whatever stands here is for the client to read';
    expect(await relayFrom({ 'x-sample-status': 'completed' }, text)).toEqual({
      ok: true,
      reply: 'completed',
      text,
    });
  });

  it('is read where its worker does not, or tells a status that there is not', async () => {
    const text = '{"session_id": 1, "output": {"status": "running"}}';
    const ok = { ok: true, reply: 'running', text };
    expect(await relayFrom({}, text)).toEqual(ok);
    expect(await relayFrom({ 'x-sample-status': 'asleep' }, text)).toEqual(ok);
    expect(await relayFrom({}, '{"session_id": 1}')).toMatchObject({ failure: { kind: 'nonsense' } });
  });

  it('tells its status beside it where a worker of this program sent it', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: endless, concurrency: 1 });
    const { session_id } = await system.ask(controllerRoutes.startSample, {
      body: { name: 'task', index: 0 },
    });
    const { status, sampleStatus } = await system.network.transport({
      method: 'POST',
      url: 'http://worker-1/api/interact',
      body: JSON.stringify({ session_id, agent_response: answer }),
      timeoutMs: 60_000,
    });
    expect([status, sampleStatus]).toEqual([200, 'running']);
  });
});
