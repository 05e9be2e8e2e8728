import { createServer, type AddressInfo } from 'node:net';
import { ProctorError } from '../base/index.ts';

/** Resolves when the port can be listened on; throws `address-taken` otherwise. 0 is always free. */
export function checkPortFree(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new ProctorError('address-taken', { address: `${host}:${port}` })
          : error,
      );
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve()));
  });
}

/** A port that nobody listens on at this moment, for programs that cannot choose one themselves. */
export function findFreePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host, exclusive: true }, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
