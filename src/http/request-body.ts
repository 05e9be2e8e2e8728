import { Readable } from 'node:stream';
import { StreamedBody, type TransportRequest } from '../protocol/index.ts';
import { jsonHeaders } from './replies.ts';

type Body = TransportRequest['body'];

/** A streamed body's length is told, so that who takes no such long one can refuse it before it is sent. */
export function describeBody(body: Body): Readonly<Record<string, string>> {
  if (body === undefined) return {};
  return body instanceof StreamedBody
    ? { ...jsonHeaders, 'content-length': String(body.length) }
    : jsonHeaders;
}

/** The body as a client sends it; what makes a streamed one is begun when its connection is there. */
export function openBody(body: Body): string | Uint8Array | Readable | null {
  if (!(body instanceof StreamedBody)) return body ?? null;
  return Readable.from(body.open(), { objectMode: false });
}
