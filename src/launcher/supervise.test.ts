import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import type { ProcessEvents, ProcessExit } from './process-launcher.ts';
import { defaultRestartPolicy } from './restart-policy.ts';
import { Supervisor } from './supervise.ts';

interface FakeProcess {
  readonly port: number | undefined;
  readonly events: ProcessEvents;
  readonly end: (exit: Partial<ProcessExit>) => void;
  stopGraceMs: number | undefined;
  isKilled: boolean;
  pings: number;
}

const stuckAfterMs = 30_000;

function setUp() {
  const clock = new FakeClock();
  const started: FakeProcess[] = [];
  const told: string[] = [];
  let port: number | undefined;
  const supervisor = new Supervisor({
    clock,
    policy: defaultRestartPolicy,
    stuckAfterMs,
    observer: {
      onLine: (label, line) => told.push(`${label}| ${line}`),
      onCrash: (label, { how, pauseMs }) => told.push(`${label} ${how}, again in ${pauseMs}`),
      onGiveUp: (label, { how, crashes }) => told.push(`${label} ${how}, ${crashes} crashes: given up`),
      onRefusal: (label, how) => told.push(`${label} ${how}: refused`),
      onRecycle: (label) => told.push(`${label}: recycled`),
    },
    start: (_command, events) => {
      let end: FakeProcess['end'] = () => undefined;
      const exited = new Promise<ProcessExit>((resolve) => {
        end = (exit) => resolve({ code: null, signal: null, ...exit });
      });
      const fake: FakeProcess = { port, events, end, stopGraceMs: undefined, isKilled: false, pings: 0 };
      started.push(fake);
      return {
        pid: started.length,
        exited,
        kill: () => {
          fake.isKilled = true;
          end({ signal: 'SIGKILL' });
        },
        ping: () => void fake.pings++,
        stop: (graceMs) => {
          fake.stopGraceMs = graceMs;
          end({ code: 0 });
          return Promise.resolve();
        },
      };
    },
  });
  supervisor.add('echo 5001', (knownPort) => {
    port = knownPort;
    return { label: '', command: '', arguments: [], environment: {}, folder: '', hasChannel: true };
  });
  return { clock, started, told, supervisor };
}

describe('Supervisor', () => {
  it('starts a crashed program again after a pause', async () => {
    const { clock, started, told, supervisor } = setUp();
    started[0]?.end({ signal: 'SIGKILL' });
    await clock.advance(499);
    expect(started).toHaveLength(1);
    expect(supervisor.stateOf('echo 5001')).toBe('pausing');
    await clock.advance(1);
    expect(started).toHaveLength(2);
    expect(told).toEqual(['echo 5001 was ended by SIGKILL, again in 500']);
  });

  it('gives up after five crashes in a row and tells that nothing is left', async () => {
    const { clock, started, told, supervisor } = setUp();
    for (let crash = 0; crash < 5; crash++) {
      started.at(-1)?.end({ code: 1 });
      await clock.advance(30_000);
    }
    await supervisor.allLost;
    expect(started).toHaveLength(5);
    expect(told.at(-1)).toBe('echo 5001 ended with exit code 1, 5 crashes: given up');
    expect(clock.pendingTimers).toBe(0);
  });

  it('counts anew after a program was up for a while', async () => {
    const { clock, started, supervisor } = setUp();
    for (let crash = 0; crash < 9; crash++) {
      await clock.advance(60_000);
      started.at(-1)?.end({ code: 1 });
      await clock.advance(500);
    }
    expect(started).toHaveLength(10);
    expect(supervisor.stateOf('echo 5001')).toBe('running');
  });

  it('does not start again what says that its configuration is wrong, or what cannot be started', async () => {
    for (const exit of [{ code: 2 }, { reason: 'spawn docker ENOENT' }]) {
      const { clock, started, told, supervisor } = setUp();
      started[0]?.end(exit);
      await supervisor.allLost;
      await clock.advance(60_000);
      expect(started).toHaveLength(1);
      expect(told[0]).toContain(': refused');
    }
  });

  it('takes a wrong configuration for a crash once a program has worked: its port may be taken for a moment', async () => {
    const { clock, started, supervisor } = setUp();
    started[0]?.events.onListening(40_123);
    started[0]?.end({ code: 1 });
    await clock.advance(500);
    started[1]?.end({ code: 2 });
    await clock.advance(1_000);
    expect(started).toHaveLength(3);
    expect(supervisor.stateOf('echo 5001')).toBe('running');
  });

  it('comes back on the port that it reported', async () => {
    const { clock, started, supervisor } = setUp();
    expect(supervisor.portOf('echo 5001')).toBeUndefined();
    started[0]?.events.onListening(40_123);
    expect(supervisor.portOf('echo 5001')).toBe(40_123);
    started[0]?.end({ code: 1 });
    await clock.advance(500);
    expect(started[1]?.port).toBe(40_123);
    expect(supervisor.portOf('echo 5001')).toBeUndefined();
  });

  it('stops programs and restarts nothing afterwards', async () => {
    const { clock, started, supervisor, told } = setUp();
    await supervisor.stop(5_000);
    await clock.advance(60_000);
    expect(started[0]?.stopGraceMs).toBe(5_000);
    expect(started).toHaveLength(1);
    expect(told).toEqual([]);
  });

  it('stops during a pause without leaving a timer', async () => {
    const { clock, started, supervisor } = setUp();
    started[0]?.end({ code: 1 });
    await clock.advance(0);
    await supervisor.stop(5_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('kills at once', () => {
    const { started, supervisor } = setUp();
    supervisor.kill();
    expect(started[0]?.isKilled).toBe(true);
  });
});

describe('a program that stands still', () => {
  it('is pinged every second once it listens, and left alone as long as it answers', async () => {
    const { clock, started, told } = setUp();
    const [program] = started;
    await clock.advance(60_000);
    expect(program?.pings).toBe(0);
    program?.events.onListening(40_123);
    for (let second = 0; second < 120; second++) {
      program?.events.onPong();
      await clock.advance(1_000);
    }
    expect(program?.pings).toBe(121);
    expect(program?.isKilled).toBe(false);
    expect(told).toEqual([]);
  });

  it('is killed and started again as after a crash, with the reason', async () => {
    const { clock, started, told, supervisor } = setUp();
    started[0]?.events.onListening(40_123);
    await clock.advance(10_000);
    started[0]?.events.onPong();
    await clock.advance(stuckAfterMs - 1);
    expect(started[0]?.isKilled).toBe(false);
    await clock.advance(1);
    expect(started[0]?.isKilled).toBe(true);
    expect(told).toEqual(['echo 5001 was killed: its event loop stood still for 30 s, again in 500']);
    await clock.advance(500);
    expect(started[1]?.port).toBe(40_123);
    expect(supervisor.stateOf('echo 5001')).toBe('running');
    // The fresh one begins with nothing against it.
    started[1]?.events.onListening(40_123);
    await clock.advance(stuckAfterMs - 1);
    expect(started[1]?.isKilled).toBe(false);
  });

  it('is never given up for standing still, however often in a row', async () => {
    const { clock, started, told } = setUp();
    for (let times = 0; times < 8; times++) {
      started.at(-1)?.events.onListening(40_123);
      await clock.advance(stuckAfterMs);
      await clock.advance(500);
    }
    expect(started).toHaveLength(9);
    expect(told.filter((line) => line.includes('given up'))).toEqual([]);
  });

  it('is no longer asked after the end', async () => {
    for (const end of ['stop', 'kill'] as const) {
      const { clock, started, supervisor } = setUp();
      started[0]?.events.onListening(40_123);
      await supervisor[end](5_000);
      started[0]?.events.onListening(40_123);
      await clock.advance(0);
      expect(clock.pendingTimers).toBe(0);
    }
  });
});

describe('a program that asks for a fresh one', () => {
  it('is started again at once on its port, however often, and not as a crash', async () => {
    const { clock, started, told } = setUp();
    for (let round = 0; round < 9; round++) {
      started.at(-1)?.events.onListening(40_123);
      started.at(-1)?.end({ code: 75 });
      await clock.advance(0);
    }
    expect(started).toHaveLength(10);
    expect(started.at(-1)?.port).toBe(40_123);
    expect(told).toEqual(Array(9).fill('echo 5001: recycled'));
    expect(clock.pendingTimers).toBe(0);
  });

  it('has crashed when it never listened', async () => {
    const { clock, started, told } = setUp();
    started[0]?.end({ code: 75 });
    await clock.advance(499);
    expect(started).toHaveLength(1);
    expect(told).toEqual(['echo 5001 ended with exit code 75, again in 500']);
  });
});
