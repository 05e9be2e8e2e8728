import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import {
  apiPrefix,
  callRoute,
  controllerRoutes,
  workerRoutes,
  WireError,
  type Route,
} from '../protocol/index.ts';
import {
  createHttpServer,
  createHttpTransport,
  type HttpServer,
  type HttpServerOptions,
  type HttpTransport,
} from './index.ts';

const token = 'a-token-of-some-length';
const open: (HttpServer | HttpTransport)[] = [];
afterEach(async () => {
  for (const closable of open.splice(0)) await closable.close();
});

/** Answers each operation with null, and counts the calls. */
async function serve(
  table: Readonly<Record<string, Route>>,
  options: Partial<HttpServerOptions> = {},
  answer: () => unknown = () => null,
) {
  const calls: string[] = [];
  const handlers = Object.fromEntries(
    Object.keys(table).map((name) => [
      name,
      () => {
        calls.push(name);
        return answer();
      },
    ]),
  );
  const server = createHttpServer(table, handlers, { log: silentLogger, ...options });
  open.push(server);
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  return { server, calls, port, origin: `http://127.0.0.1:${port}` };
}

function connectTo(address: string, access: Parameters<typeof createHttpTransport>[0] = {}) {
  const client = createHttpTransport(access);
  open.push(client);
  return { transport: client.transport, address };
}

const tables = { controller: controllerRoutes, worker: workerRoutes } as const;
const unauthorized = '{"detail":"Unauthorized: send the header Authorization: Bearer <token>"}';

describe('a server with a token', () => {
  const routes = Object.entries(tables).flatMap(([who, table]) =>
    Object.entries(table).map(([name, route]) => [who, name, route] as const),
  );

  it.each(routes)('does not hear %s’s %s without it', async (who, name, route) => {
    const { origin, calls } = await serve(tables[who as keyof typeof tables], { token });
    const url = origin + apiPrefix + route.path;
    const { method } = route;
    const body = method === 'POST' ? { body: '{}' } : {};
    const bare = await fetch(url, { method, ...body });
    expect([bare.status, await bare.text()]).toEqual([401, unauthorized]);
    expect(bare.headers.get('www-authenticate')).toBe('Bearer');
    expect(calls).toEqual([]);
    const known = await fetch(url, { method, headers: { authorization: `Bearer ${token}` }, ...body });
    // Heard: answered, or told what is wrong with its fields.
    expect([200, 422]).toContain(known.status);
    expect(name).not.toBe('');
  });

  it.each(['/', '/api/nothing', '/api/list_workers/', '/api/%zz', '/api/cancel'])(
    'does not tell what there is at %s',
    async (path) => {
      const { origin } = await serve(controllerRoutes, { token });
      const reply = await fetch(origin + path, { redirect: 'manual' });
      expect([reply.status, await reply.text()]).toEqual([401, unauthorized]);
    },
  );

  it.each([
    'Bearer',
    'Bearer ',
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${token.toUpperCase()}`,
    `Basic ${token}`,
    token,
    `Bearer x, Bearer ${token}`,
  ])('refuses "%s"', async (authorization) => {
    const { origin } = await serve(controllerRoutes, { token });
    const reply = await fetch(`${origin}/api/list_workers`, { headers: { authorization } });
    expect(reply.status).toBe(401);
  });

  it('refuses before it reads a body', async () => {
    const { port } = await serve(controllerRoutes, { token });
    const socket = connect(port, '127.0.0.1');
    const head = 'POST /api/interact HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{';
    socket.write(head);
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(reply.toString()).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
  });

  it('is heard by clients that know it, and names itself to those that do not', async () => {
    const { server, origin } = await serve(controllerRoutes, { token }, () => ({}));
    const address = origin + apiPrefix;
    const ask = (access: { readonly token?: string }) =>
      callRoute(connectTo(address, access), controllerRoutes.listWorkers, { timeoutMs: 5000 });
    expect(await ask({ token })).toEqual({});
    for (const access of [{}, { token: 'another' }])
      await expect(ask(access)).rejects.toMatchObject({
        code: 'token-refused',
        message: `${address} wants a token, and this program sent none or another one`,
      });
    const within = { transport: server.transport, address };
    expect(await callRoute(within, controllerRoutes.listWorkers, { timeoutMs: 5000 })).toEqual({});
  });
});

describe('a controller whose worker refuses its token', () => {
  it('does not tell its client that the client’s token is wrong', () => {
    expect(WireError.fromWorker(401, unauthorized).status).toBe(400);
    expect(WireError.fromWorker(406, '').status).toBe(406);
  });
});

describe('limits of a server', () => {
  it('on bodies are its owner’s', async () => {
    const { origin } = await serve(controllerRoutes, { limits: { bodyBytes: 100 } });
    const post = (body: string) => fetch(`${origin}/api/cancel`, { method: 'POST', body: Buffer.from(body) });
    const reply = await post(`{"session_id": 1${' '.repeat(100)}}`);
    expect([reply.status, await reply.text()]).toEqual([
      413,
      '{"detail":"The request body is larger than 100 bytes"}',
    ]);
    expect((await post('{"session_id": 1}')).status).toBe(200);
  });

  it('on slow requests end those, and no answer that takes longer', async () => {
    let answer: () => void = () => undefined;
    const answered = new Promise<null>((resolve) => (answer = () => resolve(null)));
    const limits = { headersMs: 500, requestMs: 500 };
    const { origin, port } = await serve(controllerRoutes, { limits }, () => answered);
    const long = fetch(`${origin}/api/list_workers`);
    for (const part of ['GET /api/list_workers HTTP/1.1\r\nHost:', slowBody]) {
      const socket = connect(port, '127.0.0.1');
      socket.write(part);
      const [reply] = (await once(socket, 'data')) as [Buffer];
      expect(reply.toString()).toMatch(/^HTTP\/1\.1 408 /);
      socket.destroy();
    }
    answer();
    expect((await long).status).toBe(200);
  });
});

const slowBody = 'POST /api/cancel HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{';

describe('an error of an operation', () => {
  it('says nothing to the client, whatever status it names', async () => {
    const secret = Object.assign(new Error('ENOENT: /home/user/labels.json'), { statusCode: 404 });
    const { origin } = await serve(controllerRoutes, {}, () => {
      throw secret;
    });
    const reply = await fetch(`${origin}/api/list_workers`);
    expect([reply.status, await reply.text()]).toEqual([500, 'Internal Server Error']);
  });
});
