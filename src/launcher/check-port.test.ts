import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { checkPortFree } from './check-port.ts';

it('tells a taken port from a free one', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await expect(checkPortFree(port, '127.0.0.1')).rejects.toMatchObject({ code: 'address-taken' });
  await expect(checkPortFree(port, '0.0.0.0')).rejects.toMatchObject({ code: 'address-taken' });
  await new Promise((resolve) => server.close(resolve));
  await expect(checkPortFree(port, '127.0.0.1')).resolves.toBeUndefined();
});
