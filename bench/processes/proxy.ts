import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { Agent } from 'undici';
import { servePart } from './part.ts';

/** A proxy's whole knowledge: where requests go, and whether it parses what passes through. */
export interface ProxyPlan {
  readonly target: string;
  /** `bytes`: passed on as they are, which is the least that any relay does. `json`: parsed and built anew both ways. */
  readonly passes: 'bytes' | 'json';
}

const operations = {
  /** Starts the proxy and gives its origin. */
  start: async ({ target, passes }: ProxyPlan) => {
    const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
    const app = Fastify({ bodyLimit: 64 * 2 ** 20 });
    if (passes === 'bytes') passBytes(app, agent, target);
    else passJson(app, agent, target);
    await app.listen({ host: '127.0.0.1', port: 0 });
    return { origin: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` };
  },
};

export type ProxyOperations = typeof operations;

servePart(operations);

const headers = { 'content-type': 'application/json' };

function passBytes(app: FastifyInstance, agent: Agent, target: string): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/api/*', async (request, reply) => {
    const { statusCode, body } = await agent.request({
      origin: target,
      path: request.url,
      method: 'POST',
      headers,
      body: request.body as Buffer,
    });
    return reply
      .code(statusCode)
      .headers(headers)
      .send(Buffer.from(await body.arrayBuffer()));
  });
}

function passJson(app: FastifyInstance, agent: Agent, target: string): void {
  app.post('/api/*', async (request, reply) => {
    const { statusCode, body } = await agent.request({
      origin: target,
      path: request.url,
      method: 'POST',
      headers,
      body: JSON.stringify(request.body),
    });
    return reply.code(statusCode).send((await body.json()) as object);
  });
}
