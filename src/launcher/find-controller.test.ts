import { describe, expect, it } from 'vitest';
import { TransportError, type Transport } from '../protocol/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { readControllerAddress, waitForController } from './find-controller.ts';

const address = 'http://localhost:5000/api';

describe('waitForController', () => {
  it('waits until it answers and says so once', async () => {
    const clock = new FakeClock();
    const notices: string[] = [];
    let isUp = false;
    const transport: Transport = () =>
      isUp
        ? Promise.resolve({ status: 200, text: '{}' })
        : Promise.reject(new TransportError('refused', 'x'));
    const found = waitForController({
      controller: { transport, address },
      clock,
      signal: new AbortController().signal,
      patienceMs: 10_000,
      onWaiting: (reason) => notices.push(reason),
    });
    await clock.advance(5_000);
    isUp = true;
    await clock.advance(250);
    await found;
    expect(notices).toEqual(['nobody listens there']);
  });

  it('gives up with an error that names the address and the reason', async () => {
    const clock = new FakeClock();
    const transport: Transport = () => Promise.resolve({ status: 404, text: 'no api here' });
    const found = waitForController({
      controller: { transport, address },
      clock,
      signal: new AbortController().signal,
      patienceMs: 1_000,
    });
    const outcome = expect(found).rejects.toThrow(
      `The controller at ${address} does not answer: no api here`,
    );
    await clock.advance(2_000);
    await outcome;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a controller that refuses the token', () => {
  it('is not waited for', async () => {
    const clock = new FakeClock();
    const transport: Transport = () => Promise.resolve({ status: 401, text: '{"detail":"Unauthorized"}' });
    const signal = new AbortController().signal;
    const found = waitForController({
      controller: { transport, address },
      clock,
      signal,
      patienceMs: 10_000,
    });
    await expect(found).rejects.toMatchObject({ code: 'token-refused' });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('readControllerAddress', () => {
  it('reads the port and whether it is on this machine', () => {
    expect(readControllerAddress('http://127.0.0.1:7001/api')).toEqual({
      port: 7001,
      isLocal: true,
      isSecured: false,
    });
    expect(readControllerAddress('https://lab/api')).toEqual({ port: 443, isLocal: false, isSecured: true });
  });

  it('refuses what is no address', () => {
    expect(() => readControllerAddress('localhost:5000')).toThrow(
      '"localhost:5000" is no controller\'s address',
    );
  });
});
