import type { Handlers } from '../http/index.ts';
import { createHttpServer, type HttpServer } from '../http/index.ts';
import { silentLogger } from '../base/index.ts';
import { TransportError, type Route, type Transport, type TransportRequest } from '../protocol/index.ts';

/** What a test does to a request on its way; what it returns or throws stands for the exchange. */
export type Interference = (request: TransportRequest, pass: Transport) => ReturnType<Transport>;

/** A network within one process: servers are reached by their address, and no port is opened. */
export class TestNetwork {
  readonly #servers = new Map<string, HttpServer>();
  #interference: Interference = (request, pass) => pass(request);
  /** All requests so far, in the order of their sending. */
  readonly requests: TransportRequest[] = [];

  readonly transport: Transport = (request) => {
    this.requests.push(request);
    return this.#interference(request, (passed) => this.#deliver(passed));
  };

  /** Puts a server at an origin such as `http://worker-1`. Another one there is replaced. */
  serve<Table extends Readonly<Record<string, Route>>>(
    origin: string,
    table: Table,
    handlers: Handlers<Table>,
  ): void {
    this.#servers.set(origin, createHttpServer(table, handlers, { log: silentLogger }));
  }

  /** Whoever asks at that origin is refused from now on. */
  remove(origin: string): void {
    this.#servers.delete(origin);
  }

  interfere(interference: Interference): void {
    this.#interference = interference;
  }

  /** Requests sent to a path so far. */
  count(path: string): number {
    return this.requests.filter((request) => new URL(request.url).pathname.endsWith(path)).length;
  }

  /** A server that is gone by the time of its reply has taken its connections along. */
  async #deliver(request: TransportRequest): ReturnType<Transport> {
    const { origin } = new URL(request.url);
    const server = this.#servers.get(origin);
    if (!server) throw new TransportError('refused', `nobody listens at ${request.url}`);
    const reply = await server.transport(request);
    if (this.#servers.get(origin) !== server)
      throw new TransportError('lost', `${request.url} is gone in the middle of its reply`);
    return reply;
  }
}
