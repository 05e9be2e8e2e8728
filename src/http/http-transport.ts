import { rootCertificates } from 'node:tls';
import { Agent } from 'undici';
import { coerceError } from '../base/index.ts';
import {
  TransportError,
  type Transport,
  type TransportFault,
  type TransportReply,
  type TransportRequest,
} from '../protocol/index.ts';
import { authorizationHeaders } from './gate.ts';
import { jsonHeaders } from './replies.ts';

/**
 * Codes that say that nobody is there. A name service that is busy, a route that is missing for a moment or a handshake that takes long
 * say nothing of the other side.
 */
const refusedCodes = new Set(['ECONNREFUSED', 'ENOTFOUND']);

const untrustedCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** How a client shows itself, and whom it trusts: plain data, which may be handed to another thread. */
export interface HttpTransportOptions {
  /** Sent with every request as `Authorization: Bearer <token>`. */
  readonly token?: string | undefined;
  /** Certificates, as a PEM text, that are trusted beside the usual ones. */
  readonly trustedCertificates?: string | undefined;
  /** How long a connection may take to open, in ms; 10 s unless told. */
  readonly connectMs?: number;
}

export interface HttpTransport {
  readonly transport: Transport;
  /** Drops all connections. */
  close(): Promise<void>;
}

/** Sends requests over HTTP/1.1 with one pool of kept connections for each address. Redirects are not followed. */
export function createHttpTransport(access: HttpTransportOptions = {}): HttpTransport {
  const { token, trustedCertificates, connectMs = 10_000 } = access;
  const agent = new Agent({
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: connectMs,
      ...(trustedCertificates === undefined ? {} : { ca: [...rootCertificates, trustedCertificates] }),
    },
  });
  const headers = authorizationHeaders(token);
  return {
    transport: (request) => exchange(agent, request, headers),
    close: () => agent.destroy(),
  };
}

async function exchange(
  agent: Agent,
  request: TransportRequest,
  ownHeaders: Readonly<Record<string, string>>,
): Promise<TransportReply> {
  // Node takes whole numbers alone.
  const limit = AbortSignal.timeout(Math.ceil(Math.min(request.timeoutMs, 2 ** 31 - 1)));
  const signal = request.signal ? AbortSignal.any([request.signal, limit]) : limit;
  try {
    const url = new URL(request.url);
    const reply = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: { ...ownHeaders, ...(request.body === undefined ? {} : jsonHeaders) },
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
  const { code = '' } = error as NodeJS.ErrnoException;
  const fault: TransportFault = refusedCodes.has(code) ? 'refused' : 'lost';
  const reason = coerceError(error).message || code || 'connection failed';
  const hint = untrustedCodes.has(code) ? '; give the CA of its certificate with --tls-ca' : '';
  return new TransportError(fault, reason + hint, error);
}
