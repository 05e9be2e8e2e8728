import { parseJson, ProctorError, stringifyPythonJson, type Json } from '../base/index.ts';
import type { Route, RouteInput, RouteReply } from './routes.ts';
import { StreamedBody, type Transport, type TransportRequest } from './transport.ts';
import { WireError, wireErrors } from './wire-errors.ts';

export interface Peer {
  readonly transport: Transport;
  /** With the prefix, without a slash at the end: `http://localhost:5000/api`. */
  readonly address: string;
}

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls an operation of another process and gives its parsed reply.
 * Throws `token-refused` for status 401, `WireError` for another one than 200, `TransportError` when no reply came, `reply-invalid` for
 * nonsense.
 */
export async function callRoute<R extends Route>(
  peer: Peer,
  route: R,
  input: RouteInput<R> & CallOptions,
): Promise<RouteReply<R>> {
  const search = input.query
    ? `?${new URLSearchParams(input.query as Record<string, string>).toString()}`
    : '';
  const reply = await peer.transport({
    method: route.method,
    url: peer.address + route.path + search,
    body: formatBody(input.body),
    timeoutMs: input.timeoutMs,
    signal: input.signal,
  });
  if (reply.status === wireErrors.unauthorized.status) {
    const where = `${route.method} ${route.path}`;
    throw new ProctorError('token-refused', { address: peer.address }, { where });
  }
  if (reply.status !== 200) throw readWireError(reply.status, reply.text);
  return readReply(peer, route, reply.text);
}

function formatBody(body: Json | StreamedBody | undefined): TransportRequest['body'] {
  if (body === undefined || body instanceof StreamedBody) return body;
  return stringifyPythonJson(body, { ascii: false });
}

/** Parses a reply's text by its route; throws `reply-invalid`. */
export function readReply<R extends Route>(peer: Peer, route: R, text: string): RouteReply<R> {
  const invalid = (problem: string) =>
    new ProctorError(
      'reply-invalid',
      { sender: peer.address, problem },
      { where: `${route.method} ${route.path}` },
    );
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    throw invalid(`not JSON: ${text.slice(0, 120)}`);
  }
  const parsed = route.reply.safeParse(value);
  if (parsed.success) return parsed.data as RouteReply<R>;
  const issue = parsed.error.issues[0];
  throw invalid(`wrong at "${issue?.path.join('.') ?? ''}" (${issue?.message ?? ''}): ${text.slice(0, 120)}`);
}

function readWireError(status: number, text: string): WireError {
  try {
    const body = parseJson(text);
    if (typeof body === 'object' && body !== null && 'detail' in body)
      return new WireError(status, body.detail ?? null);
  } catch {
    // Not JSON: the text itself is all there is to say.
  }
  return new WireError(status, text);
}
