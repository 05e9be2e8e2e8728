import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import { controllerRoutes, StreamedBody, type Transport } from '../protocol/index.ts';
import { createHttpServer, type HttpServer } from './http-server.ts';
import { createHttpTransport } from './http-transport.ts';

const table = { overall: controllerRoutes.calculateOverall };
const head = '{"name": "t", "results": [], "pad": "';

/** A body of so many bytes, in small pieces; `ended` counts how often one was given up or read to its end. */
function makeBody(length: number) {
  const counts = { opened: 0, ended: 0 };
  const body = new StreamedBody(length, async function* () {
    counts.opened++;
    try {
      yield Buffer.from(head);
      const piece = Buffer.alloc(65_536, 'x');
      for (let left = length - head.length - 2; left > 0; left -= piece.length)
        yield piece.subarray(0, Math.min(left, piece.length));
      yield Buffer.from('"}');
    } finally {
      counts.ended++;
    }
  });
  return { body, counts };
}

function makeServer(): HttpServer {
  const overall = ({ bodyText }: { readonly bodyText: string }) => bodyText.length;
  return createHttpServer(table, { overall }, { log: silentLogger });
}

async function overTheNetwork(ask: (transport: Transport, address: string) => Promise<void>): Promise<void> {
  const server = makeServer();
  const http = createHttpTransport();
  try {
    const port = await server.listen({ host: '127.0.0.1', port: 0 });
    await ask(http.transport, `http://127.0.0.1:${port}`);
  } finally {
    await http.close();
    await server.close();
  }
}

const withinTheProcess = (ask: (transport: Transport, address: string) => Promise<void>) =>
  ask(makeServer().transport, 'http://server');

const post = (transport: Transport, address: string, body: StreamedBody) =>
  transport({ method: 'POST', url: `${address}/api/calculate_overall`, body, timeoutMs: 60_000 });

describe.each([
  ['over the network', overTheNetwork],
  ['within the process', withinTheProcess],
])('a streamed body %s', (_where, connect) => {
  it('arrives whole, each time that it is sent', async () => {
    await connect(async (transport, address) => {
      const { body, counts } = makeBody(3_000_000);
      for (let time = 0; time < 2; time++)
        expect(await post(transport, address, body)).toEqual({ status: 200, text: '3000000' });
      expect(counts).toEqual({ opened: 2, ended: 2 });
    });
  });

  it('that is too long gets 413 and is not sent to its end', async () => {
    await connect(async (transport, address) => {
      const { body } = makeBody(2 ** 33);
      expect(await post(transport, address, body)).toMatchObject({ status: 413 });
    });
  });
});

describe('a streamed body', () => {
  it('to nobody is not begun', async () => {
    const http = createHttpTransport();
    const { body, counts } = makeBody(100_000);
    await expect(post(http.transport, 'http://127.0.0.1:1', body)).rejects.toMatchObject({
      fault: 'refused',
    });
    await http.close();
    expect(counts.opened).toBe(0);
  });

  it('whose source fails, fails the request', async () => {
    await overTheNetwork(async (transport, address) => {
      const body = new StreamedBody(100_000, async function* () {
        yield await Promise.resolve(Buffer.from(head));
        throw new Error('the disk is gone');
      });
      await expect(post(transport, address, body)).rejects.toThrow('the disk is gone');
    });
  });
});
