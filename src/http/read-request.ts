import { parseJson, type Json } from '../base/index.ts';
import { agentbench, WireError, type Route } from '../protocol/index.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** A request as it came in. */
export interface IncomingRequest {
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
  readonly query: () => Readonly<Record<string, string>>;
}

export interface ReadRequest {
  readonly body: unknown;
  readonly query: unknown;
  /** The body's text as it came in, for those who pass it on. */
  readonly bodyText: string;
}

/** Checks query and body by their route. Throws the 4xx reply that the reference gives for the same fault. */
export function readRequest(route: Route, incoming: IncomingRequest): ReadRequest {
  const query = route.query ? checkQuery(route, incoming.query()) : undefined;
  if (!route.body) return { body: undefined, query, bodyText: '' };
  const bodyText = isJsonType(incoming.contentType) ? decodeText(incoming.body) : undefined;
  const value = bodyText === undefined ? notJson(incoming.body) : readJson(bodyText);
  return { body: checkBody(route, value), query, bodyText: bodyText ?? '' };
}

function checkQuery(route: Route, query: Readonly<Record<string, string>>): unknown {
  const parsed = route.query?.safeParse(query);
  if (!parsed || parsed.success) return parsed?.data;
  throw new WireError(422, agentbench.describeFields(parsed.error, query, 'query'));
}

function checkBody(route: Route, value: Json | undefined): unknown {
  if (value === undefined || value === null) throw new WireError(422, agentbench.describeBodyFault());
  const parsed = route.body?.safeParse(value);
  if (!parsed || parsed.success) return parsed?.data;
  throw new WireError(422, agentbench.describeFields(parsed.error, value, 'body'));
}

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw WireError.of('body-unreadable');
  }
}

/** A body of another type is bytes to the schema, which then says that it wants an object. */
function notJson(body: Uint8Array): Json | undefined {
  return body.length === 0 ? undefined : '';
}

function readJson(text: string): Json | undefined {
  if (text === '') return undefined;
  try {
    return parseJson(text);
  } catch {
    throw new WireError(422, agentbench.describeJsonFault(text));
  }
}

function isJsonType(contentType: string | undefined): boolean {
  if (!contentType) return true;
  return /^\s*application\/(?:json|[^;\s]+\+json)\s*(?:;|$)/i.test(contentType);
}
