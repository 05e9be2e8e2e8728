import type { Logger } from '../base/index.ts';
import { largestBodyBytes } from '../protocol/index.ts';
import type { Streams } from './event-stream.ts';
import type { Pages } from './route-table.ts';

/** What a server holds against clients that send too much or too slowly. */
export interface ServerLimits {
  /** Longer request bodies get 413. */
  readonly bodyBytes: number;
  /** A request's head must have come after so long, else 408. */
  readonly headersMs: number;
  /** A whole request, body included, must have come after so long, else 408; how long its answer takes is not limited. */
  readonly requestMs: number;
  /** A kept connection without a request is closed after so long. */
  readonly idleMs: number;
}

export const defaultServerLimits: ServerLimits = {
  bodyBytes: largestBodyBytes,
  headersMs: 60_000,
  requestMs: 300_000,
  idleMs: 72_000,
};

/** A certificate with its chain and its key, as PEM texts. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
}

export interface HttpServerOptions {
  readonly log: Logger;
  /** Only requests with `Authorization: Bearer <token>` are heard, others get 401 whatever they ask; without a token everybody's are. */
  readonly token?: string | undefined;
  /** Serves HTTPS with it; without it, HTTP. */
  readonly tls?: TlsIdentity | undefined;
  readonly limits?: Partial<ServerLimits>;
  readonly pages?: Pages;
  readonly streams?: Streams;
}
