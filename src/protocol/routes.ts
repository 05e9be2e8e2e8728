import type { z } from 'zod';
import * as wire from './dialects/agentbench/schemas.ts';
import type { StreamedBody } from './transport.ts';

/** One operation of the wire: the server parses requests by it, the client replies. Paths stand below the prefix. */
export interface Route<
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST';
  readonly path: `/${string}`;
  readonly query?: Query;
  readonly body?: Body;
  readonly reply: Reply;
}

/** Where all paths stand. */
export const apiPrefix = '/api';

/** The port that a controller listens on unless told otherwise. */
export const defaultControllerPort = 5000;
export const defaultControllerAddress = `http://localhost:${defaultControllerPort}${apiPrefix}`;
/** The first port of workers unless told otherwise. */
export const defaultWorkerPort = 5001;

/** 64 MiB: longer request bodies get 413. */
export const largestBodyBytes = 64 * 2 ** 20;

export const controllerRoutes = {
  listWorkers: { method: 'GET', path: '/list_workers', reply: wire.listWorkersReply },
  listSessions: { method: 'GET', path: '/list_sessions', reply: wire.listSessionsReply },
  getIndices: { method: 'GET', path: '/get_indices', query: wire.indicesQuery, reply: wire.indicesReply },
  startSample: {
    method: 'POST',
    path: '/start_sample',
    body: wire.startSampleRequest,
    reply: wire.sessionReply,
  },
  interact: { method: 'POST', path: '/interact', body: wire.interactRequest, reply: wire.sessionReply },
  cancel: { method: 'POST', path: '/cancel', body: wire.sessionRequest, reply: wire.cancelReply },
  sessionStatus: {
    method: 'GET',
    path: '/session_status',
    query: wire.sessionQuery,
    reply: wire.sessionStatusReply,
  },
  renew: { method: 'POST', path: '/renew', body: wire.sessionRequest, reply: wire.renewReply },
  version: { method: 'GET', path: '/version', reply: wire.versionReply },
  health: { method: 'GET', path: '/health', reply: wire.healthReply },
  cancelOwned: { method: 'POST', path: '/cancel_owned', body: wire.ownerRequest, reply: wire.nothingReply },
  cancelAll: { method: 'POST', path: '/cancel_all', reply: wire.nothingReply },
  receiveHeartbeat: {
    method: 'POST',
    path: '/receive_heartbeat',
    body: wire.heartbeatRequest,
    reply: wire.nothingReply,
  },
  unregisterWorker: {
    method: 'POST',
    path: '/unregister_worker',
    body: wire.unregisterRequest,
    reply: wire.nothingReply,
  },
  calculateOverall: {
    method: 'POST',
    path: '/calculate_overall',
    body: wire.overallRequest,
    reply: wire.overallReply,
  },
  cleanWorker: { method: 'POST', path: '/clean_worker', reply: wire.nothingReply },
  cleanSession: { method: 'POST', path: '/clean_session', reply: wire.nothingReply },
  syncAll: { method: 'POST', path: '/sync_all', reply: wire.nothingReply },
} as const satisfies Record<string, Route>;

export const workerRoutes = {
  getIndices: { method: 'GET', path: '/get_indices', reply: wire.indicesReply },
  getSessions: { method: 'GET', path: '/get_sessions', reply: wire.sessionsReply },
  workerStatus: { method: 'GET', path: '/worker_status', reply: wire.workerStatusReply },
  sampleStatus: {
    method: 'POST',
    path: '/sample_status',
    body: wire.sessionRequest,
    reply: wire.sampleStatusReply,
  },
  startSample: {
    method: 'POST',
    path: '/start_sample',
    body: wire.workerStartRequest,
    reply: wire.sessionReply,
  },
  interact: { method: 'POST', path: '/interact', body: wire.interactRequest, reply: wire.sessionReply },
  cancel: { method: 'POST', path: '/cancel', body: wire.sessionRequest, reply: wire.cancelReply },
  cancelAll: { method: 'POST', path: '/cancel_all', reply: wire.nothingReply },
  calculateOverall: {
    method: 'POST',
    path: '/calculate_overall',
    body: wire.overallRequest,
    reply: wire.overallReply,
  },
} as const satisfies Record<string, Route>;

type BodyOf<R> = R extends { readonly body: infer Body extends z.ZodType } ? z.output<Body> : undefined;
type BodyInputOf<R> = R extends { readonly body: infer Body extends z.ZodType } ? z.input<Body> : undefined;
type QueryOf<R> = R extends { readonly query: infer Query extends z.ZodType } ? z.output<Query> : undefined;

/** What the server hands to an operation. */
export type RouteRequest<R extends Route> = { readonly body: BodyOf<R>; readonly query: QueryOf<R> };
/** What a client sends. */
export type RouteInput<R extends Route> = {
  readonly body?: BodyInputOf<R> | StreamedBody;
  readonly query?: QueryOf<R>;
};
export type RouteReply<R extends Route> = z.output<R['reply']>;
