import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import { createHttpServer, createHttpTransport } from '../http/index.ts';
import { apiPrefix, workerRoutes } from '../protocol/index.ts';
import { createGate, type Gate } from '../testing/function-task.ts';
import { WorkerCalls } from './worker-calls.ts';

const closables: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const closable of closables.splice(0)) await closable.close();
});

/** A worker that answers when the gate opens, over real sockets. */
async function makePeer(gate: Gate) {
  const getIndices = async () => {
    await gate.passed;
    return [1];
  };
  const handlers = { getIndices } as unknown as Parameters<typeof createHttpServer<typeof workerRoutes>>[1];
  const client = createHttpTransport();
  const server = createHttpServer(workerRoutes, handlers, { log: silentLogger });
  closables.push(client, server);
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${port}${apiPrefix}${workerRoutes.getIndices.path}`;
  return (signal: WorkerCalls) => client.transport({ method: 'GET', url, timeoutMs: 60_000, signal });
}

describe('the calls to a worker', () => {
  it('are let go of when they are answered', async () => {
    const gate = createGate();
    const ask = await makePeer(gate);
    const calls = new WorkerCalls();
    const replies = [1, 2, 3].map(() => ask(calls));
    expect(calls.size).toBe(3);
    gate.open();
    for (const reply of replies) expect((await reply).text).toBe('[1]');
    expect(calls.size).toBe(0);
  });

  it('that are under way all end with the reason, and later ones at once', async () => {
    const gate = createGate();
    const ask = await makePeer(gate);
    const calls = new WorkerCalls();
    const reason = new Error('silent for too long');
    const outcomes = Promise.allSettled([1, 2].map(() => ask(calls)));
    calls.abort(reason);
    const given = { status: 'rejected', reason: { fault: 'aborted', cause: reason } };
    expect(await outcomes).toMatchObject([given, given]);
    await expect(ask(calls)).rejects.toMatchObject({ fault: 'aborted', cause: reason });
    expect(calls.size).toBe(0);
    gate.open();
  });
});
