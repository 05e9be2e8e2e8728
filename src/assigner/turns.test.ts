import { describe, expect, it } from 'vitest';
import { TransportError, WireError, type Transport } from '../protocol/index.ts';
import { EvaluationBench } from '../testing/evaluation-bench.ts';
import type { FakeCall } from '../testing/fake-controller.ts';

/** A bench with one sample of two turns, and an agent that counts what it is asked. */
function makeBench(): { readonly bench: EvaluationBench; readonly asked: number[] } {
  const bench = new EvaluationBench();
  bench.controller.tasks.set('t', { indices: [0], capacity: 1 });
  const asked: number[] = [];
  bench.agents['a'] = {
    act: (history) => {
      asked.push(history.length);
      return Promise.resolve({ status: 'normal', content: 'ok' });
    },
  };
  return { bench, asked };
}

/** Carries out the requests to a path, and loses the replies to the first few. */
function loseReplies(
  bench: EvaluationBench,
  path: string,
  count: number,
  fault: 'lost' | 'timeout' = 'lost',
) {
  const { transport } = bench.controller;
  let losses = 0;
  bench.transport = (async (request) => {
    const reply = await transport(request);
    if (!request.url.endsWith(path) || losses++ >= count) return reply;
    throw new TransportError(fault, 'reset');
  }) satisfies Transport;
}

const callsTo = (bench: EvaluationBench, path: string): readonly FakeCall[] =>
  bench.controller.calls.filter((call) => call.path === path);
const turnsOf = (bench: EvaluationBench) => callsTo(bench, '/interact').map(({ body }) => body['turn']);

describe('to a controller that honours turns', () => {
  it('every answer goes with its number, and every start with a name of its own', async () => {
    const { bench } = makeBench();
    using _bench = bench;
    bench.controller.tasks.set('t', { indices: [0, 1], capacity: 1 });
    await bench.play();
    expect(turnsOf(bench)).toEqual([1, 2, 1, 2]);
    const starts = callsTo(bench, '/start_sample').map(({ body }) => body['start_id']);
    expect(new Set(starts).size).toBe(2);
    expect(bench.controller.count('/version')).toBe(1);
  });

  it('a turn whose reply was lost is sent again, and played once', async () => {
    const { bench, asked } = makeBench();
    using _bench = bench;
    loseReplies(bench, '/interact', 2);
    expect((await bench.play()).pairs[0]).toMatchObject({ completed: 1, failed: 0 });
    expect(turnsOf(bench)).toEqual([1, 1, 1, 2]);
    expect(bench.controller.playedTurns).toEqual(['1:1', '1:2']);
    expect(asked).toEqual([1, 3]);
  });

  it('a start whose reply was lost is sent again, and starts one session', async () => {
    const { bench } = makeBench();
    using _bench = bench;
    loseReplies(bench, '/start_sample', 2);
    expect((await bench.play()).pairs[0]).toMatchObject({ completed: 1, failed: 0 });
    expect(new Set(callsTo(bench, '/start_sample').map(({ body }) => body['start_id'])).size).toBe(1);
    expect(bench.lines('a/t/runs.jsonl')).toMatchObject([{ attempt: 1, session_id: 1 }]);
  });

  it.each([502, 503, 504])('a start and a turn that get %i are sent again', async (status) => {
    const { bench } = makeBench();
    using _bench = bench;
    const seen = new Set<string>();
    bench.controller.answer = ({ path, body }) => {
      const request = `${path} ${String(body['turn'])}`;
      if (seen.has(request) || !['/start_sample', '/interact'].includes(path)) return undefined;
      seen.add(request);
      return new WireError(status, 'not now');
    };
    expect((await bench.play()).pairs[0]).toMatchObject({ completed: 1, failed: 0 });
    expect(turnsOf(bench)).toEqual([1, 1, 2, 2]);
    expect(bench.controller.count('/start_sample')).toBe(2);
  });

  it.each([
    ['/interact', 0],
    ['/start_sample', 0],
  ])('a request to %s that takes too long is not sent again', async (path) => {
    const { bench } = makeBench();
    using _bench = bench;
    loseReplies(bench, path, 9, 'timeout');
    expect((await bench.play()).pairs[0]).toMatchObject({ completed: 0, failed: 1 });
    expect(bench.controller.count(path)).toBe(1);
    expect(bench.controller.sessions.size).toBe(0);
  });

  it('a request is repeated with growing pauses, for as long as its limit lets it', async () => {
    const { bench } = makeBench();
    using _bench = bench;
    const sentMs: number[] = [];
    bench.controller.answer = ({ path }) => {
      if (path !== '/interact') return undefined;
      sentMs.push(bench.clock.now());
      return new WireError(503, 'Error: Worker not responding\nreset');
    };
    await bench.play({ timings: { repeatLimitMs: 10_000 } });
    const pauses = sentMs.slice(1).map((ms, position) => ms - (sentMs[position] ?? 0));
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 2_250]);
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([{ error: 'INTERACT_FAILED', cause: 'worker' }]);
    expect(bench.controller.sessions.size).toBe(0);
  });

  it('the limit counts from the first failure of the request itself', async () => {
    const { bench } = makeBench();
    using _bench = bench;
    let failures = 0;
    // Each of the two turns fails for 7 s, which is less than the limit, and both together for more.
    bench.controller.answer = ({ path }) =>
      path === '/interact' && failures++ % 6 < 5 ? new TransportError('lost', 'reset') : undefined;
    const timings = { repeatLimitMs: 10_000, controllerPatienceMs: 10_000 };
    expect((await bench.play({ timings })).pairs[0]).toMatchObject({ completed: 1, failed: 0 });
  });

  it('the limit may be longer than the patience with a controller that does not answer', async () => {
    const { bench } = makeBench();
    using _bench = bench;
    bench.agents['a'] = {
      act: () => {
        bench.controller.isDown = true;
        bench.clock.after(10_000, () => (bench.controller.isDown = false));
        return Promise.resolve({ status: 'normal', content: 'ok' });
      },
    };
    const timings = { repeatLimitMs: 20_000, controllerPatienceMs: 5_000 };
    expect((await bench.play({ timings })).pairs[0]).toMatchObject({ completed: 1, failed: 0 });
  });

  it('a turn survives that the controller is away for a while', async () => {
    const { bench } = makeBench();
    using _bench = bench;
    const { transport } = bench.controller;
    let isFirst = true;
    bench.transport = async (request) => {
      const reply = await transport(request);
      if (!request.url.endsWith('/interact') || !isFirst) return reply;
      isFirst = false;
      bench.controller.isDown = true;
      bench.clock.after(60_000, () => (bench.controller.isDown = false));
      throw new TransportError('lost', 'reset');
    };
    expect((await bench.play()).pairs[0]).toMatchObject({ completed: 1, failed: 0 });
    expect(bench.controller.playedTurns).toEqual(['1:1', '1:2']);
  });

  it.each(['/interact', '/start_sample'])(
    'a stop breaks off the pauses of %s, and no session is left',
    async (path) => {
      const { bench } = makeBench();
      using _bench = bench;
      loseReplies(bench, path, 9);
      const playing = bench.start();
      await bench.idle();
      expect(bench.controller.sessions.size).toBe(1);
      bench.stop.abort();
      await bench.idle();
      expect((await playing).interrupted).toBe(true);
      expect(bench.controller.sessions.size).toBe(0);
      expect(bench.has('.sessions.jsonl')).toBe(false);
      expect(bench.clock.pendingTimers).toBe(0);
    },
  );

  it('a cancel that the task does not obey is not sent again', async () => {
    const { bench } = makeBench();
    using _bench = bench;
    bench.agents['a'] = { act: () => Promise.reject(new Error('no')) };
    bench.controller.answer = ({ path }) =>
      path === '/cancel' ? WireError.of('sample-unfinished', { limitMs: 10 }) : undefined;
    await bench.play();
    expect(bench.controller.count('/cancel')).toBe(1);
  });

  it('an answer is on disk before it is sent', async () => {
    const { bench } = makeBench();
    using _bench = bench;
    const written: unknown[] = [];
    bench.controller.answer = ({ path }) => {
      if (path === '/interact' || path === '/start_sample')
        written.push(bench.lines('.sessions.jsonl').at(-1), bench.fileEvents.at(-1));
      return undefined;
    };
    await bench.play();
    const sync = 'sync .sessions.jsonl';
    expect(written).toMatchObject([
      { event: 'start', agent: 'a', task: 't', name: 't', index: 0, attempt: 1 },
      sync,
      { event: 'answer', turn: 1, answer: { status: 'normal', content: 'ok' } },
      sync,
      { event: 'answer', turn: 2 },
      sync,
    ]);
  });

  it('the run is on disk before the session is forgotten', async () => {
    const { bench } = makeBench();
    using _bench = bench;
    await bench.play();
    const events = bench.fileEvents.filter((event) => /runs|sessions/.test(event));
    expect(events.slice(-4)).toEqual([
      'write runs.jsonl',
      'sync runs.jsonl',
      'write .sessions.jsonl',
      'sync .sessions.jsonl',
    ]);
  });
});

describe('whether a controller honours turns', () => {
  it('is not known while it is out of reach', async () => {
    const { bench } = makeBench();
    using _bench = bench;
    loseReplies(bench, '/version', 3);
    await bench.play();
    expect(bench.controller.count('/version')).toBe(4);
    expect(turnsOf(bench)).toEqual([1, 2]);
  });

  it.each([404, 400, 500])('is asked once, and denied by the answer %i', async (status) => {
    const { bench } = makeBench();
    using _bench = bench;
    bench.controller.answer = ({ path }) => (path === '/version' ? new WireError(status, 'no') : undefined);
    expect((await bench.play()).pairs[0]).toMatchObject({ completed: 1 });
    expect(bench.controller.count('/version')).toBe(1);
    expect(turnsOf(bench)).toEqual([undefined, undefined]);
    expect(callsTo(bench, '/start_sample')[0]?.body).not.toHaveProperty('start_id');
    expect(bench.fileEvents.filter((event) => event === 'write .sessions.jsonl')).toHaveLength(3);
  });
});

describe('a session whose agent thinks for long', () => {
  const think = (bench: EvaluationBench, durationMs: number) => {
    bench.agents['a'] = {
      act: () =>
        new Promise((resolve) =>
          bench.clock.after(durationMs, () => resolve({ status: 'normal', content: 'ok' })),
        ),
    };
  };

  it.each([
    [600, 2 * 3],
    [60, 2 * 9],
  ])('is renewed, where sessions expire after %i s', async (timeoutSeconds, expected) => {
    const { bench } = makeBench();
    using _bench = bench;
    bench.controller.sessionTimeoutSeconds = timeoutSeconds;
    think(bench, 190_000);
    expect((await bench.play()).pairs[0]).toMatchObject({ completed: 1 });
    expect(bench.controller.count('/renew')).toBe(expected);
    expect(callsTo(bench, '/renew')[0]?.body).toEqual({ session_id: 1 });
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('is played although renewals fail', async () => {
    const { bench } = makeBench();
    using _bench = bench;
    think(bench, 190_000);
    bench.controller.answer = ({ path }) => (path === '/renew' ? new WireError(500, 'no') : undefined);
    expect((await bench.play()).pairs[0]).toMatchObject({ completed: 1 });
    expect(bench.notices).toEqual([]);
  });

  it('is not renewed where nobody knows what that is', async () => {
    const { bench } = makeBench();
    using _bench = bench;
    bench.controller.knowsTurns = false;
    think(bench, 190_000);
    await bench.play();
    expect(bench.controller.count('/renew')).toBe(0);
  });
});

describe('a session that is over although nobody said so', () => {
  it.each([
    ['expired', 'limit', 'session-expired'],
    ['cancelled', 'cancelled', 'session-cancelled'],
  ])('is known to have %s', async (reason, cause, code) => {
    const { bench } = makeBench();
    using _bench = bench;
    bench.agents['a'] = {
      act: () => {
        bench.controller.endSession(1, reason);
        return Promise.resolve({ status: 'normal', content: 'ok' });
      },
    };
    await bench.play();
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([{ error: 'INTERACT_FAILED', cause, code }]);
    expect(bench.controller.count('/session_status')).toBe(1);
  });
});
