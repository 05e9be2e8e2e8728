import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Agent } from 'undici';
import { coerceError } from '../base/index.ts';
import { TransportError, type FollowRequest, type StreamedEvent } from '../protocol/index.ts';

/** A server sends something at least every 15 s: one that says nothing for so long is gone. */
const longestSilenceMs = 45_000;
const longestOpeningMs = 10_000;

/** Reads a stream of server-sent events. Throws `TransportError` when it cannot be had or breaks, `aborted` for the request's signal. */
export async function* followEvents(
  agent: Agent,
  request: FollowRequest,
  ownHeaders: Readonly<Record<string, string>>,
): AsyncGenerator<StreamedEvent, void, undefined> {
  const { signal, lastEventId } = request;
  const { origin, pathname, search } = new URL(request.url);
  const headers = { ...ownHeaders, accept: 'text/event-stream', ...lastEventHeader(lastEventId) };
  try {
    const reply = await agent.request({
      origin,
      path: pathname + search,
      method: 'GET',
      headers,
      signal,
      headersTimeout: longestOpeningMs,
      bodyTimeout: longestSilenceMs,
    });
    if (reply.statusCode !== 200) {
      await reply.body.dump();
      throw new Error(`status ${reply.statusCode}`);
    }
    const received: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (event) => received.push(event) });
    const decoder = new TextDecoder();
    for await (const chunk of reply.body) {
      parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
      for (const { id, event: type = 'message', data } of received.splice(0)) yield { id, type, data };
    }
  } catch (error) {
    throw new TransportError(signal.aborted ? 'aborted' : 'lost', coerceError(error).message, error);
  }
}

function lastEventHeader(id: string | undefined): Readonly<Record<string, string>> {
  return id === undefined ? {} : { 'last-event-id': id };
}
