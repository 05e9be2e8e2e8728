import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { coerceError, type Logger } from '../base/index.ts';
import { apiPrefix, sampleStatusHeader, WireError } from '../protocol/index.ts';
import { RawJson, type RawText, type RouteTable } from './route-table.ts';

export const jsonHeaders = { 'content-type': 'application/json' } as const;

export function sendJson(reply: FastifyReply, text: string): FastifyReply {
  // As bytes, since the framework adds a charset to the type of a text.
  return reply.headers(jsonHeaders).send(Buffer.from(text));
}

/** Sends what an operation gave, past the framework: as a text, so that head and body go out in one write. */
export function sendReply(reply: FastifyReply, value: unknown): void {
  // May throw, and then the framework answers: it must have the reply still.
  const { text, sampleStatus } =
    value instanceof RawJson ? value : new RawJson(JSON.stringify(value ?? null));
  const headers: OutgoingHttpHeaders = { ...jsonHeaders, 'content-length': Buffer.byteLength(text) };
  if (sampleStatus !== undefined) headers[sampleStatusHeader] = sampleStatus;
  reply.hijack();
  reply.raw.writeHead(200, headers);
  reply.raw.end(text);
}

/** What `sendReply` was told of the sample. */
export function readSampleStatus(headers: IncomingHttpHeaders | OutgoingHttpHeaders): string | undefined {
  const status = headers[sampleStatusHeader];
  return typeof status === 'string' ? status : undefined;
}

export function sendText(reply: FastifyReply, { text, contentType }: RawText): FastifyReply {
  return reply.header('content-type', contentType).send(Buffer.from(text));
}

export function sendWireError(reply: FastifyReply, error: WireError): FastifyReply {
  return sendJson(reply.code(error.status), JSON.stringify({ detail: error.detail }));
}

/** Says that a token is wanted, and nothing else: not even whether there is such a path. */
export function sendUnauthorized(reply: FastifyReply): FastifyReply {
  return sendWireError(reply.header('www-authenticate', 'Bearer'), WireError.of('unauthorized'));
}

/** Answers for a failed request. What was not foreseen is told in the log alone: its words may hold paths of this machine. */
export function sendError(
  reply: FastifyReply,
  failure: {
    readonly error: unknown;
    readonly request: FastifyRequest;
    readonly log: Logger;
    readonly bodyBytes: number;
  },
): FastifyReply {
  const { error, request, log, bodyBytes } = failure;
  if (error instanceof WireError) return sendWireError(reply, error);
  const { statusCode = 500, code, message, stack } = coerceError(error) as FrameworkError;
  if (code?.startsWith('FST_') === true) {
    if (statusCode === 413) return sendWireError(reply, WireError.of('body-too-large', { limit: bodyBytes }));
    if (statusCode >= 400 && statusCode < 500)
      return sendWireError(reply, new WireError(statusCode, message));
  }
  // Its client is gone in mid-sentence, which is no failure of this program.
  if (request.raw.destroyed && !request.raw.complete)
    log.debug(`${request.method} ${request.url} was broken off`);
  else log.error(`${request.method} ${request.url} failed: ${message}`, { stack });
  return reply.code(500).header('content-type', 'text/plain; charset=utf-8').send('Internal Server Error');
}

type FrameworkError = Error & { readonly statusCode?: number; readonly code?: string };

/** 405 for another method of a known path, a redirect for a slash too many, else 404. */
export function sendNotFound(table: RouteTable, request: FastifyRequest, reply: FastifyReply): FastifyReply {
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
    // Relative: scheme and host are what the client used, and no header of its decides where it is sent.
    return reply.redirect(trimmed + (search === undefined ? '' : `?${search}`), 307);
  }
  return sendWireError(reply, WireError.of('not-found'));
}
