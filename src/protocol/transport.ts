/** One HTTP exchange; whoever sends requests is handed a transport, so that a whole system can run without a port. */
export type Transport = (request: TransportRequest) => Promise<TransportReply>;

export interface TransportRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** JSON, as it goes over the wire. */
  readonly body?: string | Uint8Array | StreamedBody | undefined;
  /** The whole exchange's limit. */
  readonly timeoutMs: number;
  readonly signal?: CallSignal | undefined;
}

/** What a transport needs of an `AbortSignal`, which is one: a lighter one can serve thousands of requests that are under way at once. */
export interface CallSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  /** The listener is called once at most. */
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** A body that is made while it is sent, and anew when the request is sent again. */
export class StreamedBody {
  /** In bytes. */
  readonly length: number;
  /** Whoever takes a chunk may keep it. */
  readonly open: () => AsyncIterable<Uint8Array>;

  constructor(length: number, open: () => AsyncIterable<Uint8Array>) {
    this.length = length;
    this.open = open;
  }
}

/** Ours alone: a sample's status beside the reply that tells of it, for whoever only passes that on. */
export const sampleStatusHeader = 'x-sample-status';

export interface TransportReply {
  readonly status: number;
  /** What stands in `sampleStatusHeader`, if anything. */
  readonly sampleStatus?: string | undefined;
  /** The body's text, whatever its type. */
  readonly text: string;
}

/**
 * - `refused`: nobody listens there (or the name is not known); nothing was received by the other side
 * - `lost`: the connection ended before the reply; the other side may have acted
 * - `timeout`: no whole reply within the limit; the other side may have acted
 * - `aborted`: the caller's own signal
 */
export const transportFaults = ['refused', 'lost', 'timeout', 'aborted'] as const;
export type TransportFault = (typeof transportFaults)[number];

/** No reply came. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly fault: TransportFault;

  constructor(fault: TransportFault, reason: string, cause?: unknown) {
    super(reason, cause === undefined ? {} : { cause });
    this.fault = fault;
  }
}
