import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../base/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { TcpProxy } from './proxy.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server that answers each request with `reply` and keeps what it received. */
async function startServer(reply: string) {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      received.push(bytes.toString());
      if (bytes.toString().endsWith('\n')) socket.write(reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { received, port: (server.address() as AddressInfo).port };
}

async function startProxy(targetPort: number, clock = systemClock): Promise<TcpProxy> {
  const proxy = await TcpProxy.open(targetPort, clock);
  closers.push(() => proxy.close());
  return proxy;
}

/** Sends a request and gives what came until the connection ended or the whole reply was there. */
function ask(port: number, text: string, wholeReply = reply): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
    socket.on('data', (bytes) => {
      received += bytes.toString();
      if (received === wholeReply) socket.destroy();
    });
    socket.write(text);
  });
}

const never = new AbortController().signal;
const post = 'POST /x HTTP/1.1 0123456789\n';
const get = 'GET /x HTTP/1.1\n';
const reply = 'HTTP/1.1 200 OK 0123456789\n';

describe('TcpProxy', () => {
  it('passes both directions on', async () => {
    const server = await startServer(reply);
    const proxy = await startProxy(server.port);
    expect(await ask(proxy.port, post)).toBe(reply);
    expect(server.received.join('')).toBe(post);
  });

  it('cuts the next POST in its request: half of it arrives, and no reply', async () => {
    const server = await startServer(reply);
    const proxy = await startProxy(server.port);
    const struck = proxy.cutNext('request', 0.5, never);
    expect(await ask(proxy.port, get)).toBe(reply);
    expect(await ask(proxy.port, post)).toBe('');
    expect(await struck).toBe(true);
    expect(await ask(proxy.port, post)).toBe(reply);
    expect(server.received.join('')).toBe(get + post.slice(0, post.length / 2) + post);
  });

  it.each([0, 0.5])(
    'cuts the next reply to a POST after %d of it; the request has arrived',
    async (share) => {
      const server = await startServer(reply);
      const proxy = await startProxy(server.port);
      const struck = proxy.cutNext('reply', share, never);
      expect(await ask(proxy.port, get)).toBe(reply);
      expect(await ask(proxy.port, post)).toBe(reply.slice(0, Math.floor(reply.length * share)));
      expect(await struck).toBe(true);
      expect(server.received.join('')).toBe(get + post);
      expect(await ask(proxy.port, post)).toBe(reply);
    },
  );

  it('forgets a cut that is withdrawn', async () => {
    const server = await startServer(reply);
    const proxy = await startProxy(server.port);
    const withdrawn = new AbortController();
    const struck = proxy.cutNext('request', 0, withdrawn.signal);
    withdrawn.abort();
    expect(await struck).toBe(false);
    expect(await ask(proxy.port, post)).toBe(reply);
  });

  it('passes nothing on while it holds, and everything afterwards', async () => {
    const clock = new FakeClock();
    const server = await startServer(reply);
    const proxy = await startProxy(server.port, clock);
    const held = proxy.hold(1_000, never);
    const asked = ask(proxy.port, post);
    // A round trip beside the proxy: what was sent before has had its time to arrive.
    await ask(server.port, get);
    expect(server.received).toEqual([get]);
    await clock.advance(1_000);
    await held;
    expect(await asked).toBe(reply);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends a connection when nobody listens behind it', async () => {
    const server = await startServer(reply);
    const proxy = await startProxy(server.port);
    await closers.shift()?.();
    expect(await ask(proxy.port, post)).toBe('');
  });
});
