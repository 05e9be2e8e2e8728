import {
  callRoute,
  readReply,
  TransportError,
  WireError,
  workerRoutes,
  type Route,
  type RouteInput,
  type RouteReply,
  type Transport,
} from '../protocol/index.ts';
import type { RegisteredWorker } from './worker-registry.ts';

/** What a call to a worker came to, when it was not a reply of status 200. */
export type CallFailure =
  /** It answered with an error. */
  | { readonly kind: 'error-reply'; readonly error: WireError; readonly detail: unknown }
  /** It answered 200 with something that is no reply. */
  | { readonly kind: 'nonsense'; readonly error: WireError }
  /** Nobody is there: nothing was received. */
  | { readonly kind: 'refused'; readonly error: WireError }
  /** No whole reply came: it may or may not have acted. */
  | { readonly kind: 'lost' | 'timeout'; readonly error: WireError };

export type CallResult<Reply> =
  | { readonly ok: true; readonly reply: Reply; readonly text: string }
  | { readonly ok: false; readonly failure: CallFailure };

/** Calls workers. It decides nothing: what a failure means for a session is the caller's business. */
export class WorkerClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Sends a body on as it is and gives the reply's text beside its parsed form. */
  async forward<R extends Route>(
    worker: RegisteredWorker,
    route: R,
    message: { readonly bodyText: string; readonly timeoutMs: number },
  ): Promise<CallResult<RouteReply<R>>> {
    const peer = { transport: this.#transport, address: worker.address };
    try {
      const { status, text } = await this.#transport({
        method: route.method,
        url: worker.address + route.path,
        body: message.bodyText,
        timeoutMs: message.timeoutMs,
      });
      if (status !== 200) return errorReply(status, text);
      try {
        return { ok: true, reply: readReply(peer, route, text), text };
      } catch {
        return { ok: false, failure: { kind: 'nonsense', error: new WireError(400, nonsenseDetail(text)) } };
      }
    } catch (error) {
      return { ok: false, failure: unreachable(error) };
    }
  }

  /** The sessions that the worker plays; throws when it does not say. */
  getSessions(
    worker: RegisteredWorker,
    timeoutMs: number,
  ): Promise<RouteReply<typeof workerRoutes.getSessions>> {
    const input: RouteInput<typeof workerRoutes.getSessions> = {};
    return callRoute({ transport: this.#transport, address: worker.address }, workerRoutes.getSessions, {
      ...input,
      timeoutMs,
    });
  }
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
function unreachable(error: unknown): CallFailure {
  if (!(error instanceof TransportError)) throw error;
  const kind = error.fault === 'aborted' ? 'lost' : error.fault;
  const reason = kind === 'timeout' ? '' : error.message;
  return { kind, error: WireError.of('worker-unreachable', { reason }) };
}
