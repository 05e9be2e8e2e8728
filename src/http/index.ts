export {
  createHttpServer,
  HttpServer,
  RawJson,
  type Handler,
  type Handlers,
  type ListenAddress,
} from './http-server.ts';
export { createHttpTransport, type HttpTransport } from './http-transport.ts';
