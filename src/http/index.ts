export type { StreamClient, Streams } from './event-stream.ts';
export { createHttpServer, HttpServer, type ListenAddress } from './http-server.ts';
export { createHttpTransport, type HttpTransportOptions, type HttpTransport } from './http-transport.ts';
export { RawJson, RawText, type Handler, type Handlers, type Pages } from './route-table.ts';
export {
  defaultServerLimits,
  type HttpServerOptions,
  type ServerLimits,
  type TlsIdentity,
} from './server-options.ts';
