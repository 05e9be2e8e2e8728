import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { coerceError, ProctorError, type Logger } from '../base/index.ts';
import {
  apiPrefix,
  largestBodyBytes,
  TransportError,
  WireError,
  type Route,
  type RouteRequest,
  type Transport,
} from '../protocol/index.ts';
import { readRequest } from './read-request.ts';

declare module 'fastify' {
  interface FastifyRequest {
    givenContentType: string | undefined;
  }
}

export type RouteTable = Readonly<Record<string, Route>>;

/** One operation, which may ask whether anybody still waits for it: gives the reply's value, or its text as it is to be sent; throws `WireError` for an error reply. */
export type Handler<R extends Route> = (
  call: RouteRequest<R> & { readonly bodyText: string; readonly isClientGone: () => boolean },
) => unknown;

export type Handlers<Table extends RouteTable> = { readonly [Name in keyof Table]: Handler<Table[Name]> };

/** A reply whose JSON text is there already and must not be built anew. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Serves a route table under the prefix. */
export class HttpServer {
  readonly #app: FastifyInstance;

  constructor(app: FastifyInstance) {
    this.#app = app;
  }

  /** Starts to listen and gives the port. Throws `address-taken`. */
  async listen(address: ListenAddress): Promise<number> {
    try {
      await this.#app.listen({ host: address.host, port: address.port });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE') throw error;
      throw new ProctorError(
        'address-taken',
        { address: `${address.host}:${address.port}` },
        { cause: error },
      );
    }
    const bound = this.#app.server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : address.port;
  }

  /** Reaches this server within the process, without a port. */
  readonly transport: Transport = async (request) => {
    const url = new URL(request.url);
    const reply = await this.#app
      .inject({
        method: request.method,
        url: url.pathname + url.search,
        ...(request.body === undefined ? {} : { payload: Buffer.from(request.body), headers: jsonHeaders }),
        ...(request.signal ? { signal: request.signal } : {}),
      })
      .catch((error: unknown) => {
        throw new TransportError(
          request.signal?.aborted ? 'aborted' : 'lost',
          coerceError(error).message,
          error,
        );
      });
    return { status: reply.statusCode, text: reply.body };
  };

  /** Stops listening; requests under way are answered first. */
  async close(): Promise<void> {
    await this.#app.close();
  }
}

export const jsonHeaders = { 'content-type': 'application/json' } as const;

/** Builds a server from a route table and its operations; both are checked against each other by their types. */
export function createHttpServer<Table extends RouteTable>(
  table: Table,
  handlers: Handlers<Table>,
  log: Logger,
): HttpServer {
  const app = Fastify({
    bodyLimit: largestBodyBytes,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1000 },
  });
  app.decorateRequest('givenContentType', undefined);
  app.addHook('onRequest', (request, _reply, done) => {
    takeContentType(request);
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, request, reply) => sendError(reply, { error, request, log }));
  app.setNotFoundHandler((request, reply) => sendNotFound(table, request, reply));
  for (const [name, route] of Object.entries(table)) {
    const handler = handlers[name] as Handler<Route>;
    app.route({
      method: route.method,
      url: apiPrefix + route.path,
      handler: async (request, reply) => {
        const call = readRequest(route, {
          contentType: request.givenContentType,
          body: (request.body as Uint8Array | undefined) ?? new Uint8Array(),
          query: lastValues(request.query as Record<string, string | string[]>),
        });
        const isClientGone = () => request.raw.socket.destroyed;
        const value = await handler({ ...call, isClientGone } as Parameters<typeof handler>[0]);
        return sendJson(reply, value instanceof RawJson ? value.text : JSON.stringify(value ?? null));
      },
    });
  }
  return new HttpServer(app);
}

/**
 * The framework refuses content types that it cannot parse, where this protocol reads the body as JSON or says what it expected:
 * it is shown a plain one, and the given one is kept aside.
 */
function takeContentType(request: FastifyRequest): void {
  const { headers } = request.raw;
  request.givenContentType = headers['content-type'];
  if (headers['content-type'] !== undefined) headers['content-type'] = 'application/octet-stream';
}

/** Of a repeated name in a query the last one counts. */
function lastValues(query: Readonly<Record<string, string | string[]>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? (value.at(-1) ?? '') : value]),
  );
}

function sendJson(reply: FastifyReply, text: string): FastifyReply {
  // As bytes, since the framework adds a charset to the type of a text.
  return reply.header('content-type', 'application/json').send(Buffer.from(text));
}

function sendWireError(reply: FastifyReply, error: WireError): FastifyReply {
  return sendJson(reply.code(error.status), JSON.stringify({ detail: error.detail }));
}

function sendError(
  reply: FastifyReply,
  failure: { readonly error: unknown; readonly request: FastifyRequest; readonly log: Logger },
): FastifyReply {
  const { error, request, log } = failure;
  if (error instanceof WireError) return sendWireError(reply, error);
  const { statusCode = 500, message } = coerceError(error) as Error & { statusCode?: number };
  if (statusCode === 413)
    return sendWireError(reply, WireError.of('body-too-large', { limit: largestBodyBytes }));
  if (statusCode >= 400 && statusCode < 500) return sendWireError(reply, new WireError(statusCode, message));
  log.error(`${request.method} ${request.url} failed: ${message}`, { stack: coerceError(error).stack });
  return reply.code(500).header('content-type', 'text/plain; charset=utf-8').send('Internal Server Error');
}

function sendNotFound(table: RouteTable, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [path = '', search] = request.url.split('?');
  const known = (candidate: string) =>
    Object.values(table).filter((route) => apiPrefix + route.path === candidate);
  const routes = known(path);
  if (routes.length > 0) {
    void reply.header('allow', routes.map((route) => route.method).join(', '));
    return sendWireError(reply, WireError.of('method-not-allowed'));
  }
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed !== path && known(trimmed).length > 0) {
    const target = trimmed + (search === undefined ? '' : `?${search}`);
    return reply.redirect(`http://${request.host}${target}`, 307);
  }
  return sendWireError(reply, WireError.of('not-found'));
}
