export { createHttpServer, HttpServer, type ListenAddress } from './http-server.ts';
export { createHttpTransport, type HttpTransportOptions, type HttpTransport } from './http-transport.ts';
export { RawJson, type Handler, type Handlers } from './route-table.ts';
export {
  defaultServerLimits,
  type HttpServerOptions,
  type ServerLimits,
  type TlsIdentity,
} from './server-options.ts';
