import type { FastifyReply, FastifyRequest } from 'fastify';
import { lastValues } from './last-values.ts';

/** A reader that lets more bytes pile up is let go; it comes back and goes on after the last event that it has. */
const mostUnsentBytes = 2 ** 20;

/** Somebody who follows a stream of events. */
export interface StreamClient {
  readonly query: Readonly<Record<string, string>>;
  /** What it has already, as it says. */
  readonly lastEventId: string | undefined;
  /** Sends a text as it is. */
  readonly write: (text: string) => void;
  readonly end: () => void;
}

/** Streams by their whole path. Each is told of its clients, and gives what is called when one is gone. */
export type Streams = Readonly<Record<`/${string}`, (client: StreamClient) => () => void>>;

/** Serves server-sent events, past the framework and until one side ends it. */
export function streamEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  open: (client: StreamClient) => () => void,
): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  raw.flushHeaders();
  const query = lastValues(request.query as Record<string, string | string[]>);
  const given = request.headers['last-event-id'];
  const close = open({
    query,
    lastEventId: typeof given === 'string' ? given : query['last_event_id'],
    write: (text) => {
      if (raw.writableEnded || raw.destroyed) return;
      // What is unsent already, since a single text may be longer.
      if (raw.writableLength > mostUnsentBytes) raw.destroy();
      else raw.write(text);
    },
    end: () => raw.end(),
  });
  raw.once('close', close);
}
