import { describe, expect, it } from 'vitest';
import { TransportError, type Transport } from '../protocol/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { waitForWorkers, type AwaitedWorker } from './wait-ready.ts';

function setUp() {
  const clock = new FakeClock();
  const listed: Record<string, { address: string; status: number }[]> = {};
  const told: string[] = [];
  const stop = new AbortController();
  let isDown = false;
  const transport: Transport = () => {
    if (isDown) return Promise.reject(new TransportError('refused', 'nobody'));
    const tasks = Object.entries(listed).map(([task, workers]) => [
      task,
      {
        indices: [0],
        workers: Object.fromEntries(
          workers.map((worker, id) => [
            id,
            { id, capacity: 1, current: 0, last_visit: 1, locked: false, ...worker },
          ]),
        ),
      },
    ]);
    return Promise.resolve({ status: 200, text: JSON.stringify(Object.fromEntries(tasks)) });
  };
  const request = {
    controller: { transport, address: 'http://c/api' },
    clock,
    signal: stop.signal,
    observer: {
      onReady: (label: string, waitedMs: number) => told.push(`${label} after ${waitedMs}`),
      onWaiting: (labels: readonly string[], waitedMs: number) =>
        told.push(`no ${labels.join()} after ${waitedMs}`),
    },
  };
  return { clock, listed, told, stop, request, setDown: (value: boolean) => (isDown = value) };
}

const worker = (task: string, port: number): AwaitedWorker => ({
  task,
  label: `${task} ${port}`,
  address: () => `http://localhost:${port}/api`,
});

describe('waitForWorkers', () => {
  it('tells each worker when the controller lists it, by whichever name of this machine', async () => {
    const { clock, listed, told, request } = setUp();
    const ready = waitForWorkers([worker('echo', 5001), worker('echo', 5002)], request);
    await clock.advance(600);
    listed['echo'] = [{ address: 'http://127.0.0.1:5002/api/', status: 0 }];
    await clock.advance(500);
    expect(told).toEqual(['echo 5002 after 750']);
    listed['echo'].push({ address: 'http://localhost:5001/api', status: 0 });
    await clock.advance(500);
    await ready;
    expect(told).toEqual(['echo 5002 after 750', 'echo 5001 after 1250']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits for a worker that is listed but not alive, and for one of another task on that address', async () => {
    const { clock, listed, told, stop, request } = setUp();
    listed['echo'] = [{ address: 'http://localhost:5001/api', status: 1 }];
    listed['other'] = [{ address: 'http://localhost:5001/api', status: 0 }];
    const ready = waitForWorkers([worker('echo', 5001)], request);
    await clock.advance(15_250);
    expect(told).toEqual(['no echo 5001 after 15250']);
    stop.abort(new Error('enough'));
    await expect(ready).rejects.toThrow('enough');
  });

  it('waits for a worker that does not listen yet', async () => {
    const { clock, listed, told, request } = setUp();
    const known: { address?: string } = {};
    listed['echo'] = [{ address: 'http://localhost:5001/api', status: 0 }];
    const ready = waitForWorkers([{ task: 'echo', label: 'echo #1', address: () => known.address }], request);
    await clock.advance(1_000);
    expect(told).toEqual([]);
    known.address = 'http://localhost:5001/api';
    await clock.advance(500);
    await ready;
    expect(told).toEqual(['echo #1 after 1250']);
  });

  it('goes on when the controller does not answer for a moment', async () => {
    const { clock, listed, told, request, setDown } = setUp();
    setDown(true);
    const ready = waitForWorkers([worker('echo', 5001)], request);
    await clock.advance(1_000);
    setDown(false);
    listed['echo'] = [{ address: 'http://localhost:5001/api', status: 0 }];
    await clock.advance(500);
    await ready;
    expect(told).toEqual(['echo 5001 after 1250']);
  });
});
