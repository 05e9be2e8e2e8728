import { Agent } from 'undici';
import { coerceError } from '../base/index.ts';
import {
  TransportError,
  type Transport,
  type TransportFault,
  type TransportReply,
  type TransportRequest,
} from '../protocol/index.ts';
import { jsonHeaders } from './http-server.ts';

/** Codes of failures before a byte was sent. */
const refusedCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export interface HttpTransport {
  readonly transport: Transport;
  /** Drops all connections. */
  close(): Promise<void>;
}

/** Sends requests over HTTP/1.1 with one pool of kept connections for each address. */
export function createHttpTransport(): HttpTransport {
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 10_000 } });
  return {
    transport: (request) => exchange(agent, request),
    close: () => agent.destroy(),
  };
}

async function exchange(agent: Agent, request: TransportRequest): Promise<TransportReply> {
  const limit = AbortSignal.timeout(Math.min(request.timeoutMs, 2 ** 31 - 1));
  const signal = request.signal ? AbortSignal.any([request.signal, limit]) : limit;
  try {
    const url = new URL(request.url);
    const reply = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: request.body === undefined ? {} : jsonHeaders,
      body: request.body ?? null,
      signal,
    });
    return { status: reply.statusCode, text: await reply.body.text() };
  } catch (error) {
    throw asTransportError(error, { limit, request });
  }
}

function asTransportError(
  error: unknown,
  { limit, request }: { readonly limit: AbortSignal; readonly request: TransportRequest },
): TransportError {
  if (request.signal?.aborted) return new TransportError('aborted', 'the request was given up', error);
  if (limit.aborted) return new TransportError('timeout', `no reply within ${request.timeoutMs} ms`, error);
  const { code } = error as NodeJS.ErrnoException;
  const fault: TransportFault = code !== undefined && refusedCodes.has(code) ? 'refused' : 'lost';
  return new TransportError(fault, coerceError(error).message || (code ?? 'connection failed'), error);
}
