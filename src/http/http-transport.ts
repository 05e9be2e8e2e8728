import { setMaxListeners } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher } from 'undici';
import { coerceError } from '../base/index.ts';
import {
  TransportError,
  type EventFollower,
  type Transport,
  type TransportFault,
  type TransportReply,
  type TransportRequest,
} from '../protocol/index.ts';
import { followEvents } from './follow-events.ts';
import { authorizationHeaders } from './gate.ts';
import { readSampleStatus } from './replies.ts';
import { describeBody, openBody } from './request-body.ts';

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

/** What Node's timers can wait for at most. */
const longestTimerMs = 2 ** 31 - 1;
const decoder = new TextDecoder();

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
  readonly follow: EventFollower;
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
    follow: (request) => followEvents(agent, request, headers),
    close: () => agent.destroy(),
  };
}

function exchange(
  agent: Agent,
  request: TransportRequest,
  ownHeaders: Readonly<Record<string, string>>,
): Promise<TransportReply> {
  const { origin, path } = splitUrl(request.url);
  const { method, body } = request;
  const headers = body === undefined ? ownHeaders : { ...ownHeaders, ...describeBody(body) };
  return new Promise((resolve, reject) => {
    const handler = new Exchange(request, { resolve, reject });
    if (handler.isOver) return;
    try {
      agent.dispatch({ origin, path, method, headers, body: openBody(body) }, handler);
    } catch (error) {
      handler.onResponseError(undefined, coerceError(error));
    }
  });
}

/** Told apart by hand, since it is done for every turn. */
function splitUrl(url: string): { readonly origin: string; readonly path: string } {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  return start === -1 ? { origin: url, path: '/' } : { origin: url.slice(0, start), path: url.slice(start) };
}

interface Settlement {
  readonly resolve: (reply: TransportReply) => void;
  readonly reject: (error: TransportError) => void;
}

/** One request from its sending to its whole reply, its limit or its caller's signal, whichever comes first. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: TransportRequest;
  readonly #settlement: Settlement;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = () => this.#breakOff('aborted', 'the request was given up');
  #connection: Dispatcher.DispatchController | undefined;
  #status = 0;
  #sampleStatus: string | undefined;
  #chunks: Buffer[] = [];
  #isOver = false;

  constructor(request: TransportRequest, settlement: Settlement) {
    const { timeoutMs, signal } = request;
    this.#request = request;
    this.#settlement = settlement;
    const onTime = () => this.#breakOff('timeout', `no reply within ${timeoutMs} ms`);
    this.#timer = setTimeout(onTime, Math.ceil(Math.min(timeoutMs, longestTimerMs)));
    if (!signal) return;
    // One listener for each request under way.
    if (signal instanceof AbortSignal) setMaxListeners(0, signal);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  /** It was given up before anything was sent. */
  get isOver(): boolean {
    return this.#isOver;
  }

  onRequestStart(connection: Dispatcher.DispatchController): void {
    this.#connection = connection;
    if (this.#isOver) connection.abort(new Error('the request was given up before it was sent'));
  }

  onResponseStart(
    _connection: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.#status = status;
    this.#sampleStatus = readSampleStatus(headers);
  }

  onResponseData(_connection: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (!this.#close()) return;
    const [first, ...others] = this.#chunks;
    const bytes = first && others.length > 0 ? Buffer.concat(this.#chunks) : first;
    const text = bytes ? decoder.decode(bytes) : '';
    this.#settlement.resolve({ status: this.#status, sampleStatus: this.#sampleStatus, text });
  }

  onResponseError(_connection: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#close()) this.#settlement.reject(describeFault(error));
  }

  #breakOff(fault: 'aborted' | 'timeout', reason: string): void {
    const cause: unknown = fault === 'aborted' ? this.#request.signal?.reason : undefined;
    if (!this.#close()) return;
    this.#settlement.reject(new TransportError(fault, reason, cause));
    this.#connection?.abort(new Error(reason));
  }

  /** False when it was over already. */
  #close(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }
}

function describeFault(error: Error): TransportError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const fault: TransportFault = refusedCodes.has(code) ? 'refused' : 'lost';
  const reason = error.message || code || 'connection failed';
  const hint = untrustedCodes.has(code) ? '; give the CA of its certificate with --tls-ca' : '';
  return new TransportError(fault, reason + hint, error);
}
