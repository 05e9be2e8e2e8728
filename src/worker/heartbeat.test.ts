import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import type { Transport } from '../protocol/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createGate } from '../testing/function-task.ts';
import { Heartbeat } from './heartbeat.ts';
import { defaultWorkerOptions } from './options.ts';
import { Pulse } from './pulse.ts';

function startHeartbeat(settings: {
  readonly clock?: FakeClock;
  readonly stepSeconds?: number;
  readonly measureStandstill?: () => number;
  readonly pass?: () => Promise<void>;
}) {
  const {
    clock = new FakeClock(),
    pass = () => Promise.resolve(),
    measureStandstill,
    stepSeconds,
  } = settings;
  const bodies: Record<string, unknown>[] = [];
  const warnings: string[] = [];
  const transport: Transport = async (request) => {
    bodies.push(JSON.parse(request.body as string) as Record<string, unknown>);
    await pass();
    return { status: 200, text: 'null' };
  };
  const introduction = {
    name: 'task',
    address: 'http://me/api',
    concurrency: 2,
    indices: [0],
    instance: 'i',
  };
  const heartbeat = new Heartbeat(
    { ...introduction, stepSeconds },
    {
      controller: { transport, address: 'http://controller/api' },
      clock,
      log: { ...silentLogger, warn: (message) => void warnings.push(message) },
      options: defaultWorkerOptions,
      ...(measureStandstill ? { measureStandstill } : {}),
    },
  );
  heartbeat.start();
  return { clock, heartbeat, bodies, warnings };
}

describe('a heartbeat', () => {
  it('says how long a step may take where the task has a limit, and whose the sessions are', async () => {
    const { heartbeat, bodies, clock } = startHeartbeat({ stepSeconds: 2.5 });
    expect(bodies[0]).toMatchObject({ step_seconds: 2.5 });
    expect(bodies[0]).not.toHaveProperty('owners');
    heartbeat.setOwner(1, 'a');
    heartbeat.setOwner(2, 'b');
    heartbeat.setOwner(1, undefined);
    await clock.advance(8_000);
    expect(bodies[1]).toMatchObject({ owners: { '2': 'b' } });
    await heartbeat.stop();
    expect(startHeartbeat({}).bodies[0]).not.toHaveProperty('step_seconds');
  });

  it('tells another concurrency at once, right after the one that is under way', async () => {
    const gate = createGate();
    const { heartbeat, bodies, clock } = startHeartbeat({ pass: () => gate.passed });
    heartbeat.setConcurrency(1);
    expect(bodies).toHaveLength(1);
    gate.open();
    await clock.advance(0);
    heartbeat.setConcurrency(0);
    await clock.advance(0);
    expect(bodies.map(({ concurrency }) => concurrency)).toEqual([2, 1, 0]);
    await clock.advance(8_000);
    expect(bodies).toHaveLength(4);
    await heartbeat.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not sent while the worker has stood still for too long, is again when it moves, and tells both', async () => {
    const clock = new FakeClock();
    const main = new Pulse(clock);
    const seen = new Pulse(clock, main.buffer);
    const { heartbeat, bodies, warnings } = startHeartbeat({
      clock,
      measureStandstill: () => seen.measureStandstill(),
    });
    await clock.advance(24_000);
    expect(bodies).toHaveLength(4);
    await clock.advance(60_000);
    expect(bodies).toHaveLength(4);
    expect(warnings).toEqual([
      'not listed by the controller at http://controller/api: its event loop has stood still for more than 30000 ms; trying again',
    ]);
    main.beat();
    await clock.advance(1_000);
    expect(bodies).toHaveLength(5);
    await heartbeat.stop();
  });
});
