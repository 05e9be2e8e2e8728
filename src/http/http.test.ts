import { connect } from 'node:net';
import { getEventListeners, once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import { controllerRoutes, WireError } from '../protocol/index.ts';
import { createHttpServer, createHttpTransport, type HttpServer, type HttpTransport } from './index.ts';

type Handlers = Parameters<typeof createHttpServer<typeof controllerRoutes>>[1];

const seen: unknown[] = [];
const handlers = {
  listWorkers: () => ({}),
  // JSON has no such number as the one.
  getIndices: ({ query }: { query: { name: string } }) => [query.name === 'unwritable' ? 1n : query.name],
  startSample: ({ body }: { body: unknown }) => {
    seen.push(body);
    return { session_id: 1, output: {} };
  },
  interact: () => {
    throw WireError.of('session-unknown');
  },
  cancel: () => {
    throw new Error('a secret place: /etc/shadow');
  },
} as unknown as Handlers;

const open: (HttpServer | HttpTransport)[] = [];
afterEach(async () => {
  for (const closable of open.splice(0)) await closable.close();
  seen.length = 0;
});

async function serve() {
  const server = createHttpServer(controllerRoutes, handlers, { log: silentLogger });
  const client = createHttpTransport();
  open.push(client, server);
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  return { server, port, transport: client.transport, address: `http://localhost:${port}` };
}

async function post(body: string | Buffer, headers: Record<string, string> = {}, path = '/api/start_sample') {
  const { address } = await serve();
  const reply = await fetch(address + path, {
    method: 'POST',
    body: typeof body === 'string' ? Buffer.from(body) : body,
    headers,
    redirect: 'manual',
  });
  return { status: reply.status, text: await reply.text(), headers: reply.headers };
}

const json = { 'content-type': 'application/json' };
const detailOf = (text: string) => (JSON.parse(text) as { detail: unknown }).detail;

describe('requests', () => {
  it('are read as JSON under application/json, any +json and no type at all', async () => {
    for (const headers of [json, { 'content-type': 'application/vnd.x+json; charset=utf-8' }, {}])
      expect((await post('{"name": "t", "index": 1}', headers)).status).toBe(200);
    expect(seen).toEqual([1, 2, 3].map(() => ({ name: 't', index: 1 })));
  });

  it('of another type are refused with what was expected', async () => {
    const { status, text } = await post('{"name": "t", "index": 1}', { 'content-type': 'text/plain' });
    expect(status).toBe(422);
    expect(detailOf(text)).toEqual([
      { loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' },
    ]);
  });

  it.each<[string, string, unknown[]]>([
    [
      'a missing field',
      '{"name": "t"}',
      [{ loc: ['body', 'index'], msg: 'field required', type: 'value_error.missing' }],
    ],
    ['an empty body', '', [{ loc: ['body'], msg: 'field required', type: 'value_error.missing' }]],
    ['null', 'null', [{ loc: ['body'], msg: 'field required', type: 'value_error.missing' }]],
    [
      'a null field',
      '{"name": null, "index": 1}',
      [{ loc: ['body', 'name'], msg: 'none is not an allowed value', type: 'type_error.none.not_allowed' }],
    ],
    [
      'a list for an index',
      '{"name": "t", "index": []}',
      [
        { loc: ['body', 'index'], msg: 'value is not a valid integer', type: 'type_error.integer' },
        { loc: ['body', 'index'], msg: 'str type expected', type: 'type_error.str' },
      ],
    ],
    [
      'broken JSON',
      '{"name": }',
      [
        {
          loc: ['body', 9],
          msg: 'Expecting value: line 1 column 10 (char 9)',
          type: 'value_error.jsondecode',
          ctx: { msg: 'Expecting value', doc: '{"name": }', pos: 9, lineno: 1, colno: 10 },
        },
      ],
    ],
  ])('with %s get 422 in the words of the reference', async (_what, body, detail) => {
    const { status, text } = await post(body, json);
    expect(status).toBe(422);
    expect(detailOf(text)).toEqual(detail);
  });

  it.each(['5.7', 'true', '{}'])(
    'with the index %s are refused instead of starting another sample',
    async (index) => {
      expect((await post(`{"name": "t", "index": ${index}}`, json)).status).toBe(422);
      expect(seen).toEqual([]);
    },
  );

  it('with bytes that are not UTF-8 get 400', async () => {
    const { status, text } = await post(Buffer.from([0x22, 0xff, 0x22]), json);
    expect([status, detailOf(text)]).toEqual([400, 'There was an error parsing the body']);
  });

  it('with more than 64 MiB get 413', async () => {
    const { status, text } = await post(Buffer.alloc(64 * 2 ** 20 + 1, 0x20), json);
    expect([status, detailOf(text)]).toEqual([413, 'The request body is larger than 67108864 bytes']);
  });

  it('with a missing query name the query in the reply', async () => {
    const { transport, address } = await serve();
    const { status, text } = await transport({
      method: 'GET',
      url: `${address}/api/get_indices`,
      timeoutMs: 5000,
    });
    expect([status, detailOf(text)]).toEqual([
      422,
      [{ loc: ['query', 'name'], msg: 'field required', type: 'value_error.missing' }],
    ]);
  });
});

describe('replies', () => {
  it('of unknown paths are 404, of wrong methods 405, of trailing slashes 307', async () => {
    expect(await post('', {}, '/api/nothing')).toMatchObject({ status: 404, text: '{"detail":"Not Found"}' });
    expect(await post('', {}, '/list_workers')).toMatchObject({ status: 404 });
    const wrong = await post('', {}, '/api/list_workers');
    expect(wrong).toMatchObject({ status: 405, text: '{"detail":"Method Not Allowed"}' });
    expect(wrong.headers.get('allow')).toBe('GET');
    const slash = await post('', {}, '/api/start_sample/');
    expect(slash.status).toBe(307);
    // Whatever the Host header says, it does not decide where the client is sent.
    expect(slash.headers.get('location')).toBe('/api/start_sample');
  });

  it('of failures carry their detail, and never a trace or a path', async () => {
    const known = await post('{"session_id": 5, "agent_response": {"content": "x"}}', json, '/api/interact');
    expect(known).toMatchObject({ status: 400, text: '{"detail":"Error: Session does not exist"}' });
    const unforeseen = await post('{"session_id": 5}', json, '/api/cancel');
    expect(unforeseen).toMatchObject({ status: 500, text: 'Internal Server Error' });
    const { address } = await serve();
    const unwritable = await fetch(`${address}/api/get_indices?name=unwritable`);
    expect([unwritable.status, await unwritable.text()]).toEqual([500, 'Internal Server Error']);
  });

  it('have the type application/json to the letter', async () => {
    expect((await post('{"name": "t", "index": 1}', json)).headers.get('content-type')).toBe(
      'application/json',
    );
  });
});

it('a request whose client is gone in mid-sentence is no error of the server', async () => {
  const told: [string, string][] = [];
  const note = (level: string) => (message: string) => void told.push([level, message]);
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const server = createHttpServer(controllerRoutes, handlers, { log });
  open.push(server);
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const head = ['POST /api/start_sample HTTP/1.1', 'host: x', 'content-type: application/json'];
  socket.write([...head, 'content-length: 99', 'expect: 100-continue', '', ''].join('\r\n'));
  // "100 Continue": the server waits for the body, which never comes as a whole.
  await once(socket, 'data');
  socket.write('{"na');
  socket.destroy();
  await expect.poll(() => told.length).toBeGreaterThan(0);
  expect(told).toEqual([['debug', 'POST /api/start_sample was broken off']]);
});

describe('the transport', () => {
  it('reaches a server on 127.0.0.1 under the name localhost', async () => {
    const { transport, address } = await serve();
    const reply = await transport({ method: 'GET', url: `${address}/api/list_workers`, timeoutMs: 5000 });
    expect(reply).toEqual({ status: 200, text: '{}' });
  });

  it('puts a long reply together, also where a character lies across two of its pieces', async () => {
    const text = JSON.stringify('ä€'.repeat(200_000));
    const { createServer } = await import('node:http');
    const server = createServer((_request, response) => void response.end(text)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as import('node:net').AddressInfo;
    const client = createHttpTransport();
    const url = `http://127.0.0.1:${port}/x`;
    const reply = await client.transport({ method: 'GET', url, timeoutMs: 60_000 });
    expect(reply.text === text).toBe(true);
    await client.close();
    server.close();
  });

  it('tells refused, lost, timed out and given up apart', async () => {
    const { createServer } = await import('node:net');
    let behaviour: 'reset' | 'hang' = 'reset';
    const sockets = new Set<import('node:net').Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.once('data', () => {
        if (behaviour === 'reset') socket.destroy();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as import('node:net').AddressInfo;
    const client = createHttpTransport();
    const send = (signal?: AbortSignal, timeoutMs = 60_000) =>
      client.transport({ method: 'POST', url: `http://127.0.0.1:${port}/x`, body: '{}', timeoutMs, signal });
    await expect(send()).rejects.toMatchObject({ fault: 'lost' });
    behaviour = 'hang';
    await expect(send(undefined, 1)).rejects.toMatchObject({ fault: 'timeout' });
    await expect(send(AbortSignal.abort())).rejects.toMatchObject({ fault: 'aborted' });
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
    await expect(send()).rejects.toMatchObject({ fault: 'refused' });
    await client.close();
  });

  it('leaves nothing at its caller’s signal, and drops the connection of a request that is given up', async () => {
    const { createServer } = await import('node:net');
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as import('node:net').AddressInfo;
    const client = createHttpTransport();
    const { transport, address } = await serve();
    const stop = new AbortController();
    const { signal } = stop;
    await transport({ method: 'GET', url: `${address}/api/list_workers`, timeoutMs: 5000, signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    const url = `http://127.0.0.1:${port}/x`;
    const asking = client.transport({ method: 'GET', url, timeoutMs: 60_000, signal });
    const [socket] = (await once(server, 'connection')) as [import('node:net').Socket];
    await once(socket, 'data');
    const closed = once(socket, 'close');
    stop.abort();
    await expect(asking).rejects.toMatchObject({ fault: 'aborted' });
    await closed;
    server.close();
    await client.close();
  });

  it('says that a port is taken', async () => {
    const { port } = await serve();
    const second = createHttpServer(controllerRoutes, handlers, { log: silentLogger });
    open.push(second);
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'address-taken',
      message: `Address 127.0.0.1:${port} is already in use`,
    });
  });
});

describe('a server that closes', () => {
  it('stops listening', async () => {
    const { server, port } = await serve();
    await server.close();
    const socket = connect(port, '127.0.0.1');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });
});

it('a request may have any time-out, also a part of a millisecond', async () => {
  const { transport, address } = await serve();
  const request = { method: 'GET', url: `${address}/api/list_workers` } as const;
  expect((await transport({ ...request, timeoutMs: 16.1 * 1000 })).status).toBe(200);
});

describe('a server that is closed', () => {
  it('waits for no connection on which nothing has come, nor for one whose last reply has gone out', async () => {
    const { server, port, address } = await serve();
    const unused = connect(port, '127.0.0.1');
    await once(unused, 'connect');
    // Its reply is still to come when the server is closed.
    const asked = fetch(`${address}/api/list_workers`);
    await asked;
    const ended = once(unused, 'close');
    await server.close();
    await ended;
  });
});
