import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { coerceError, ProctorError } from '../base/index.ts';
import { apiPrefix, TransportError, WireError, type Route, type Transport } from '../protocol/index.ts';
import { streamEvents } from './event-stream.ts';
import { authorizationHeaders, createGate } from './gate.ts';
import { readRequest } from './read-request.ts';
import { describeBody, openBody } from './request-body.ts';
import {
  readSampleStatus,
  sendError,
  sendNotFound,
  sendReply,
  sendText,
  sendUnauthorized,
  sendWireError,
} from './replies.ts';
import type { Handler, Handlers, RouteTable } from './route-table.ts';
import { defaultServerLimits, type HttpServerOptions, type ServerLimits } from './server-options.ts';
import { lastValues } from './last-values.ts';

declare module 'fastify' {
  interface FastifyRequest {
    givenContentType: string | undefined;
  }
}

/** Slow clients are looked for at least so often. */
const slowestCheckMs = 30_000;

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Serves a route table under the prefix. */
export class HttpServer {
  readonly #app: FastifyInstance;
  readonly #token: string | undefined;
  readonly #connections = new Set<Socket>();

  constructor(app: FastifyInstance, token?: string) {
    this.#app = app;
    this.#token = token;
    app.server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
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

  /** Reaches this server within the process, without a port and as one who may. */
  readonly transport: Transport = async (request) => {
    const url = new URL(request.url);
    const payload = openBody(request.body);
    const reply = await this.#app
      .inject({
        method: request.method,
        url: url.pathname + url.search,
        headers: {
          ...authorizationHeaders(this.#token),
          ...describeBody(request.body),
        },
        ...(payload === null
          ? {}
          : { payload: payload instanceof Readable ? payload : Buffer.from(payload) }),
        ...(request.signal ? { signal: request.signal } : {}),
      })
      .catch((error: unknown) => {
        throw new TransportError(
          request.signal?.aborted ? 'aborted' : 'lost',
          coerceError(error).message,
          error,
        );
      });
    const { statusCode: status, body: text, headers } = reply;
    return { status, text, sampleStatus: readSampleStatus(headers) };
  };

  /** Stops listening; requests under way are answered first. */
  async close(): Promise<void> {
    // A connection that is busy now is idle after its reply, and nobody would end it then for as long as an idle one may stay.
    this.#app.server.keepAliveTimeout = 1;
    // Nor one on which nothing has ever come: clients open some that they do not need in the end.
    for (const socket of this.#connections) if (socket.bytesRead === 0) socket.destroy();
    await this.#app.close();
  }
}

/**
 * Builds a server from a route table and its operations; both are checked against each other by their types.
 * Throws `tls-invalid` when certificate and key are of no use.
 */
export function createHttpServer<Table extends RouteTable>(
  table: Table,
  handlers: Handlers<Table>,
  options: HttpServerOptions,
): HttpServer {
  const { log, token } = options;
  const limits: ServerLimits = { ...defaultServerLimits, ...options.limits };
  const mayAsk = createGate(token);
  const app = createApp(options, limits);
  app.decorateRequest('givenContentType', undefined);
  app.addHook('onRequest', (request, reply, done) => {
    if (!mayAsk(request.headers.authorization)) return void sendUnauthorized(reply);
    takeContentType(request);
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, request, reply) =>
    sendError(reply, { error, request, log, bodyBytes: limits.bodyBytes }),
  );
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
          query: () => lastValues(request.query as Record<string, string | string[]>),
        });
        const isClientGone = () => request.raw.socket.destroyed;
        const value = await handler({ ...call, isClientGone } as Parameters<typeof handler>[0]);
        sendReply(reply, value);
      },
    });
  }
  for (const [path, show] of Object.entries(options.pages ?? {}))
    app.get(path, async (_request, reply) => sendText(reply, await show()));
  for (const [path, open] of Object.entries(options.streams ?? {}))
    app.get(path, (request, reply) => streamEvents(request, reply, open));
  return new HttpServer(app, token);
}

function createApp({ tls, token }: HttpServerOptions, limits: ServerLimits): FastifyInstance {
  const mayAsk = createGate(token);
  const { headersMs } = limits;
  const connectionsCheckingInterval = Math.min(slowestCheckMs, headersMs);
  const server = { headersTimeout: headersMs, connectionsCheckingInterval };
  const settings = {
    bodyLimit: limits.bodyBytes,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    keepAliveTimeout: limits.idleMs,
    // The framework's own default is none at all.
    requestTimeout: limits.requestMs,
    routerOptions: { maxParamLength: 1000 },
    // Paths that cannot be decoded: no hook sees them.
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      if (!mayAsk(request.headers.authorization)) return void sendUnauthorized(reply);
      void sendWireError(reply, WireError.of('not-found'));
    },
  } as const;
  if (!tls) return Fastify({ ...settings, http: server });
  try {
    const secured = Fastify({ ...settings, https: { ...server, cert: tls.certificate, key: tls.key } });
    return secured as unknown as FastifyInstance;
  } catch (error) {
    throw new ProctorError('tls-invalid', { reason: coerceError(error).message }, { cause: error });
  }
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
