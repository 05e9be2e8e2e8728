import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import { createHttpServer, createHttpTransport } from '../http/index.ts';
import { apiPrefix, controllerRoutes } from '../protocol/index.ts';
import { FunctionTask } from '../testing/function-task.ts';
import { TestSystem } from '../testing/test-system.ts';

/** Resolves when the condition holds; over sockets nobody tells when. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a client that breaks its connection while its start waits', () => {
  it('gets no session, and the next in the queue gets the slot', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: new FunctionTask(), concurrency: 1 });
    const first = await system.ask(controllerRoutes.startSample, { body: { name: 'task', index: 0 } });
    let waiting = 0;
    let isFirstGone = () => false;
    const handlers = {
      ...system.handlers,
      startSample: (call: Parameters<typeof system.handlers.startSample>[0]) => {
        if (waiting++ === 0) isFirstGone = call.isClientGone;
        return system.handlers.startSample(call);
      },
    };
    const server = createHttpServer(controllerRoutes, handlers, { log: silentLogger });
    const client = createHttpTransport();
    try {
      const port = await server.listen({ host: '127.0.0.1', port: 0 });
      const start = (index: number, signal?: AbortSignal) =>
        client.transport({
          method: 'POST',
          url: `http://127.0.0.1:${port}${apiPrefix}/start_sample`,
          body: JSON.stringify({ name: 'task', index, wait: 60_000 }),
          timeoutMs: 60_000,
          signal,
        });
      const breaking = new AbortController();
      const broken = start(1, breaking.signal).catch((error: unknown) => error);
      await until(() => waiting === 1);
      const patient = start(2);
      await until(() => waiting === 2);
      breaking.abort();
      expect(await broken).toMatchObject({ fault: 'aborted' });
      await until(() => isFirstGone());
      await system.ask(controllerRoutes.cancel, { body: { session_id: first.session_id } });
      expect((await patient).status).toBe(200);
      const sessions = await system.ask(controllerRoutes.listSessions);
      expect(Object.values(sessions)).toMatchObject([{ index: 2 }]);
    } finally {
      await client.close();
      await server.close();
    }
  });
});
