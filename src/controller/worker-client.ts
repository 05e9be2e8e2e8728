import { coerceError } from '../base/index.ts';
import {
  agentbench,
  callRoute,
  readReply,
  sampleStatuses,
  TransportError,
  WireError,
  wireErrors,
  workerRoutes,
  type CallOptions,
  type CallSignal,
  type Route,
  type RouteInput,
  type RouteReply,
  type SampleStatus,
  type Transport,
  type TransportReply,
} from '../protocol/index.ts';
import type { RegisteredWorker } from './worker-registry.ts';

/** What a call to a worker came to, when it was not a reply of status 200. */
export type CallFailure =
  /** It answered with an error. */
  | { readonly kind: 'error-reply'; readonly error: WireError; readonly detail: unknown }
  /** It answered 200 with something that is no reply. */
  | { readonly kind: 'nonsense'; readonly error: WireError }
  /** Nobody is there: nothing was received. */
  | { readonly kind: 'refused'; readonly error: WireError; readonly reason: string }
  /** No whole reply came: it may or may not have acted. */
  | { readonly kind: 'lost' | 'timeout'; readonly error: WireError; readonly reason: string }
  /** The worker was given up while it was asked. */
  | { readonly kind: 'given-up'; readonly error: WireError };

export type CallResult<Reply> =
  | { readonly ok: true; readonly reply: Reply; readonly text: string }
  | { readonly ok: false; readonly failure: CallFailure };

/** The calls of sessions, whose replies are passed on. */
const relayedRoutes = {
  startSample: { ...workerRoutes.startSample, reply: agentbench.relayedReply },
  interact: { ...workerRoutes.interact, reply: agentbench.relayedReply },
} as const satisfies Record<string, Route>;

/** Whom a call goes to, and what gives it up. */
type Callee = Pick<RegisteredWorker, 'address'> & Partial<Pick<RegisteredWorker, 'calls'>>;

interface ForwardedMessage {
  readonly bodyText: string;
  readonly timeoutMs: number;
}

interface ForwardedCall<Reply> extends ForwardedMessage {
  readonly worker: Callee;
  readonly route: Route;
  /** Throws what it likes when the reply is none. */
  readonly read: (reply: TransportReply) => Reply;
}

/** Calls workers. It decides nothing: what a failure means for a session is the caller's business. */
export class WorkerClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Sends a body on as it is and gives the reply's text beside its parsed form. Ends when the worker is given up. */
  forward<R extends Route>(
    worker: Callee,
    route: R,
    message: ForwardedMessage,
  ): Promise<CallResult<RouteReply<R>>> {
    const peer = { transport: this.#transport, address: worker.address };
    return this.#send({ ...message, worker, route, read: ({ text }) => readReply(peer, route, text) });
  }

  /**
   * The same for a session's call: gives the sample's status. A worker that tells it beside the reply is taken at its word, and the
   * history in it is read by nobody but the client.
   */
  relay(
    worker: Callee,
    operation: keyof typeof relayedRoutes,
    { bodyText, timeoutMs }: ForwardedMessage,
  ): Promise<CallResult<SampleStatus>> {
    const route = relayedRoutes[operation];
    const peer = { transport: this.#transport, address: worker.address };
    const read = ({ sampleStatus, text }: TransportReply) =>
      isSampleStatus(sampleStatus) ? sampleStatus : readReply(peer, route, text);
    return this.#send({ bodyText, timeoutMs, worker, route, read });
  }

  async #send<Reply>(call: ForwardedCall<Reply>): Promise<CallResult<Reply>> {
    const { worker, route, bodyText, timeoutMs, read } = call;
    const signal = worker.calls;
    try {
      const url = worker.address + route.path;
      const reply = await this.#transport({ method: route.method, url, body: bodyText, timeoutMs, signal });
      const { status, text } = reply;
      if (status !== 200) return errorReply(status, text);
      try {
        return { ok: true, reply: read(reply), text };
      } catch {
        return { ok: false, failure: { kind: 'nonsense', error: new WireError(400, nonsenseDetail(text)) } };
      }
    } catch (error) {
      return { ok: false, failure: unreachable(error, signal) };
    }
  }

  /** Asks what takes no forwarding; throws as `callRoute` does. */
  ask<R extends Route>(
    worker: Pick<RegisteredWorker, 'address'>,
    route: R,
    input: RouteInput<R> & CallOptions,
  ): Promise<RouteReply<R>> {
    return callRoute({ transport: this.#transport, address: worker.address }, route, input);
  }
}

function isSampleStatus(text: string | undefined): text is SampleStatus {
  return (sampleStatuses as readonly (string | undefined)[]).includes(text);
}

/** The worker does not know the session. */
export function isUnknownThere(failure: CallFailure | undefined): boolean {
  return failure?.kind === 'error-reply' && failure.detail === wireErrors['no-such-session'].detail;
}

function errorReply(status: number, text: string): { readonly ok: false; readonly failure: CallFailure } {
  return {
    ok: false,
    failure: { kind: 'error-reply', error: WireError.fromWorker(status, text), detail: detailOf(text) },
  };
}

function detailOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly detail?: unknown }).detail;
  } catch {
    return undefined;
  }
}

function nonsenseDetail(text: string): string {
  return `Error: Worker returned error\n${text.slice(0, 1000)}`;
}

/** A time-out has no reason in the detail: the reference's clients know it by that. */
function unreachable(error: unknown, signal: CallSignal | undefined): CallFailure {
  if (!(error instanceof TransportError)) throw error;
  if (signal?.aborted) {
    const { message: reason } = coerceError(signal.reason);
    return { kind: 'given-up', error: WireError.of('worker-unreachable', { reason }) };
  }
  const kind = error.fault === 'aborted' ? 'lost' : error.fault;
  const reason = kind === 'timeout' ? '' : error.message;
  return { kind, error: WireError.of('worker-unreachable', { reason }), reason };
}
