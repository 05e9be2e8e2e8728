import { describe, expect, it } from 'vitest';
import { controllerRoutes } from '../protocol/index.ts';
import { TestSystem } from '../testing/test-system.ts';
import { checkWorkerAddress, isWorkerPattern } from './worker-address.ts';

describe('a worker', () => {
  it.each([
    'ftp://host/api',
    'file:///etc/passwd',
    'host:5001/api',
    '',
    'http://user:secret@host/api',
    'http://host/api?x=',
    'http://host/api#x',
  ])('may not join with the address %s', (address) => {
    expect(() => checkWorkerAddress(address, undefined)).toThrow(expect.objectContaining({ status: 400 }));
  });

  it.each([
    ['http://10.0.0.7:5001/api', '10.0.0.*', true],
    ['http://10.0.0.7:5001/api', '10.0.0.*:5001', true],
    ['http://10.0.0.7:5001/api', '10.0.0.7:50*', true],
    ['http://10.0.0.7:5002/api', '10.0.0.*:5001', false],
    ['http://10.0.1.7:5001/api', '10.0.0.*', false],
    ['http://10.0.0.evil.example/api', '10.0.0.*', false],
    ['http://a-lab/api', 'a.lab', false],
    ['https://Node-3.lab/api', '*.LAB:443', true],
    ['http://evil.lab.example/api', '*.lab', false],
    ['http://[::1]:5001/api', '[::1]', true],
    ['http://[::1]:5001/api', '[::1]:5002', false],
  ])('at %s is measured against %s', (address, pattern, isAllowed) => {
    const check = () => checkWorkerAddress(address, ['localhost', pattern]);
    if (isAllowed) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ status: 403 }));
  });

  it.each(['::1', 'http://localhost:5001', 'a b', ''])('cannot be measured against %s', (pattern) => {
    expect(isWorkerPattern(pattern)).toBe(false);
  });

  it('that is not allowed is not listed, and not asked anything', async () => {
    await using system = new TestSystem({ workerAllow: ['localhost'] });
    const beat = { name: 'task', address: 'http://10.0.0.7:5001/api', concurrency: 1, indices: [0] };
    await expect(system.ask(controllerRoutes.receiveHeartbeat, { body: beat })).rejects.toMatchObject({
      status: 403,
      detail: 'Error: A worker at 10.0.0.7:5001 is not allowed here',
    });
    expect(await system.ask(controllerRoutes.listWorkers)).toEqual({});
    expect(system.network.count('get_sessions')).toBe(0);
  });
});
