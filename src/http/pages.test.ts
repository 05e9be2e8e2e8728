import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import { createHttpServer, RawText, type HttpServer } from './index.ts';

let server: HttpServer | undefined;
afterEach(async () => server?.close());

async function serve(token?: string): Promise<string> {
  const pages = { '/page': () => Promise.resolve(new RawText('a b\n', 'text/plain; version=1')) };
  server = createHttpServer({}, {}, { log: silentLogger, token, pages });
  return `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
}

describe('a page outside the prefix', () => {
  it('is sent as it is, with its type', async () => {
    const reply = await fetch(`${await serve()}/page`);
    expect(reply.headers.get('content-type')).toBe('text/plain; version=1');
    expect(await reply.text()).toBe('a b\n');
  });

  it('is for those alone who have the token', async () => {
    const origin = await serve('secret');
    expect((await fetch(`${origin}/page`)).status).toBe(401);
    const headers = { authorization: 'Bearer secret' };
    expect((await fetch(`${origin}/page`, { headers })).status).toBe(200);
  });
});
