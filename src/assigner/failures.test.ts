import { describe, expect, it } from 'vitest';
import { ProctorError } from '../base/index.ts';
import { TransportError, WireError } from '../protocol/index.ts';
import { EvaluationBench } from '../testing/evaluation-bench.ts';
import type { FakeAnswer, FakeCall } from '../testing/fake-controller.ts';
import { chooseExitCode } from './summary.ts';

/** A bench with one sample, index 0, of two turns. */
function makeBench(answer: (call: FakeCall) => FakeAnswer = () => undefined): EvaluationBench {
  const bench = new EvaluationBench();
  bench.controller.tasks.set('t', { indices: [0], capacity: 1 });
  bench.controller.answer = answer;
  return bench;
}

const firstOutput = {
  index: null,
  status: 'running',
  result: null,
  history: [{ role: 'user', content: 'turn 1' }],
};
const at = (path: string, answer: () => FakeAnswer) => (call: FakeCall) =>
  call.path === path ? answer() : undefined;

describe('a failed sample is one line of error.jsonl', () => {
  it.each([
    [
      'START_FAILED',
      at('/start_sample', () => WireError.of('index-out-of-bounds')),
      /Index out of bounds/,
      null,
      0,
    ],
    ['START_FAILED', at('/start_sample', () => ({ session_id: 'x' })), /cannot be read/, null, 0],
    ['NETWORK_ERROR', at('/start_sample', () => new TransportError('lost', 'reset')), /^reset$/, null, 0],
    ['NETWORK_ERROR', at('/interact', () => new TransportError('lost', 'reset')), /^reset$/, firstOutput, 1],
    ['NETWORK_ERROR', at('/interact', () => new TransportError('timeout', 'late')), /^late$/, firstOutput, 1],
    [
      'INTERACT_FAILED',
      at('/interact', () => new WireError(400, 'Error: odd')),
      /^{"detail":"Error: odd"}$/,
      firstOutput,
      1,
    ],
    ['INTERACT_FAILED', at('/interact', () => 'nonsense'), /cannot be read/, firstOutput, 1],
  ])('%s %#', async (...row) => {
    const [error, answer, info, output, cancels] = row;
    using bench = makeBench(answer);
    bench.controller.knowsTurns = false;
    const summary = await bench.play();
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([
      { index: 0, error, info: expect.stringMatching(info) as unknown, output, attempt: 1 },
    ]);
    expect(bench.has('a/t/runs.jsonl')).toBe(false);
    expect(bench.controller.count('/cancel')).toBe(cancels);
    // The lost or late turn is not sent again: it may have been played.
    expect(bench.controller.count('/interact')).toBeLessThanOrEqual(1);
    expect(bench.controller.sessions.size).toBe(0);
    expect(summary.pairs[0]).toMatchObject({ total: 1, completed: 0, failed: 1, notPlayed: 0 });
    expect(chooseExitCode(summary)).toBe(1);
  });

  it("keeps the evaluation's secrets out of the files", async () => {
    using bench = new EvaluationBench();
    bench.secrets = ['hunter2secret'];
    bench.agents['a'] = { act: () => Promise.reject(new Error('refused with hunter2secret')) };
    await bench.play();
    expect(bench.lines('a/t/error.jsonl')[0]).toMatchObject({ info: 'refused with ***' });
  });

  it.each([
    ['is lost', () => Promise.reject(new TransportError('lost', 'reset'))],
    ['comes too late', () => Promise.reject(new TransportError('timeout', 'late'))],
    ['is nonsense', () => Promise.resolve({ status: 200, text: '<html>' })],
  ])('whose start was carried out, but whose reply %s, leaves no session', async (_how, instead) => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0], capacity: 2 });
    const { transport } = bench.controller;
    bench.transport = async (request) => {
      const reply = await transport(request);
      return request.url.endsWith('/start_sample') ? instead() : reply;
    };
    const others = bench.controller.openSession('t', 0, 'somebody else:0');
    const summary = await bench.play();
    expect(summary.pairs[0]).toMatchObject({ completed: 0, failed: 1 });
    expect([...bench.controller.sessions.keys()]).toEqual([others]);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('agent says no')), 'agent says no'],
    [
      'throws at once',
      () => {
        throw new Error('no promise');
      },
      'no promise',
    ],
    ['answers null', () => Promise.resolve(null), 'The agent answered null, which is no answer'],
    [
      'answers without content',
      () => Promise.resolve({ status: 'normal', content: null }),
      'which is no answer',
    ],
  ])('AGENT_FAILED when the agent %s; the history so far is kept', async (_, act, info) => {
    using bench = makeBench();
    let turn = 0;
    bench.agents['a'] = {
      act: (() => (turn++ === 0 ? Promise.resolve({ status: 'normal', content: 'first' }) : act())) as never,
    };
    await bench.play();
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([
      {
        error: 'AGENT_FAILED',
        info: expect.stringContaining(info) as unknown,
        output: {
          status: 'running',
          history: [{ content: 'turn 1' }, { role: 'agent', content: 'first' }, { content: 'turn 2' }],
        },
      },
    ]);
    expect(bench.controller.sessions.size).toBe(0);
  });

  it("keeps the history that a worker's 501 tells of", async () => {
    const output = {
      index: 0,
      status: 'task error',
      result: 'Traceback',
      history: [{ role: 'user', content: 'x' }],
    };
    using bench = makeBench(
      at('/interact', () => WireError.fromWorker(501, JSON.stringify({ detail: { session_id: 1, output } }))),
    );
    await bench.play();
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([{ error: 'INTERACT_FAILED', output }]);
  });

  it('tells an agent whose context is full from one that failed', async () => {
    using bench = makeBench();
    bench.agents['a'] = { act: () => Promise.resolve({ status: 'agent context limit', content: null }) };
    await bench.play();
    expect(bench.controller.calls.find((call) => call.path === '/interact')?.body['agent_response']).toEqual({
      status: 'agent context limit',
      content: null,
    });
    expect(bench.lines('a/t/runs.jsonl')).toHaveLength(1);
  });

  it('shows the agent the assistant where the wire says agent', async () => {
    using bench = makeBench();
    const roles: string[][] = [];
    bench.agents['a'] = {
      act: (history, { task, index }) => {
        expect([task, index]).toEqual(['t', 0]);
        roles.push(history.map((message) => message.role));
        return Promise.resolve({ status: 'normal', content: 'ok' });
      },
    };
    await bench.play();
    expect(roles).toEqual([['user'], ['user', 'assistant', 'user']]);
  });

  it('ends although the agent raises while the controller is down', async () => {
    using bench = makeBench();
    bench.agents['a'] = {
      act: () => {
        bench.controller.isDown = true;
        return Promise.reject(new Error('no'));
      },
    };
    const summary = await bench.play();
    expect(summary.pairs[0]?.failed).toBe(1);
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([{ error: 'AGENT_FAILED' }]);
    // What could not be ended is remembered for the next time.
    expect(bench.lines('.sessions.jsonl')).toMatchObject([
      { event: 'start', task: 't', index: 0 },
      { event: 'session', id: 1 },
      { event: 'abandoned' },
    ]);
    bench.controller.isDown = false;
    bench.agents['a'] = { act: () => Promise.resolve({ status: 'normal', content: 'ok' }) };
    expect((await bench.play()).pairs[0]?.completed).toBe(1);
    expect(bench.controller.sessions.size).toBe(0);
  });

  it('tries a cancel again that came during a step', async () => {
    let isBusy = true;
    using bench = makeBench((call) => {
      if (call.path === '/interact') return new TransportError('timeout', 'late');
      if (call.path !== '/cancel' || !isBusy) return undefined;
      bench.clock.after(2_500, () => (isBusy = false));
      return WireError.of('session-busy');
    });
    await bench.play();
    expect(bench.controller.count('/cancel')).toBe(4);
    expect(bench.controller.sessions.size).toBe(0);
  });

  it.each([
    ['is refused', () => new WireError(400, 'Error: Worker not responding\nreset'), 1],
    ['is lost each time', () => new TransportError('lost', 'reset'), 60],
  ])('remembers a session whose cancel %s', async (_how, answer, leastCancels) => {
    using bench = makeBench();
    bench.agents['a'] = { act: () => Promise.reject(new Error('no')) };
    bench.controller.answer = at('/cancel', answer);
    await bench.play();
    expect(bench.controller.count('/cancel')).toBeGreaterThanOrEqual(leastCancels);
    expect(bench.lines('.sessions.jsonl').map(({ event }) => event)).toEqual([
      'start',
      'session',
      'abandoned',
    ]);
    bench.controller.answer = () => undefined;
    bench.agents['a'] = { act: () => Promise.resolve({ status: 'normal', content: 'ok' }) };
    await bench.play();
    expect(bench.controller.sessions.size).toBe(0);
    expect(bench.has('.sessions.jsonl')).toBe(false);
  });

  it('waits with a cancel for a controller that is being restarted', async () => {
    using bench = makeBench();
    bench.controller.tasks.set('t', { indices: [0, 1], capacity: 1 });
    let turns = 0;
    bench.agents['a'] = {
      act: () => {
        if (turns++ > 0) return Promise.resolve({ status: 'normal', content: 'ok' });
        bench.controller.isDown = true;
        bench.clock.after(5_000, () => (bench.controller.isDown = false));
        return Promise.reject(new Error('no'));
      },
    };
    expect((await bench.play()).pairs[0]).toMatchObject({ completed: 1, failed: 1 });
    expect(bench.controller.sessions.size).toBe(0);
    expect(bench.has('.sessions.jsonl')).toBe(false);
  });

  it('cancels the session that an unreadable reply to a start speaks of', async () => {
    using bench = makeBench((call) =>
      call.path === '/start_sample'
        ? { session_id: bench.controller.openSession('t', 0), output: { status: 'dancing' } }
        : undefined,
    );
    await bench.play();
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([
      { error: 'START_FAILED', info: expect.stringContaining('cannot be read') as unknown },
    ]);
    expect(bench.controller.sessions.size).toBe(0);
  });

  it('gives every request a limit', async () => {
    using bench = makeBench();
    bench.controller.tasks.set('t', { indices: [0, 1], capacity: 1 });
    bench.agents['a'] = {
      act: (_, { index }) =>
        index === 0 ? Promise.reject(new Error('no')) : Promise.resolve({ status: 'normal', content: 'ok' }),
    };
    const timings = {
      requestMs: 1_111,
      replyMarginMs: 0,
      lookupMs: 2_222,
      cancelMs: 3_333,
      overallMs: 4_444,
    };
    await bench.play({ timings });
    bench.agents['a'] = { act: () => Promise.resolve({ status: 'normal', content: 'ok' }) };
    await bench.play({ timings });
    expect(Object.fromEntries(bench.controller.calls.map((call) => [call.path, call.timeoutMs]))).toEqual({
      '/get_indices': 2_222,
      '/version': 2_222,
      '/list_workers': 2_222,
      '/start_sample': 1_111,
      '/interact': 1_111,
      '/cancel': 3_333,
      '/calculate_overall': 4_444,
    });
  });
});

describe('a controller that cannot be reached', () => {
  it('has a turn repeated that it certainly did not receive', async () => {
    let refusals = 3;
    using bench = makeBench(
      at('/interact', () =>
        refusals-- > 0 ? new TransportError('refused', 'connection refused') : undefined,
      ),
    );
    const summary = await bench.play();
    expect(summary.pairs[0]).toMatchObject({ completed: 1, failed: 0 });
    expect(bench.waits).toEqual([
      'The controller at http://controller/api does not answer (connection refused); waiting for it, up to 120 s',
    ]);
    expect(bench.notices).toEqual(['The controller at http://controller/api answers again']);
  });

  it('is waited for at the start', async () => {
    using bench = makeBench();
    bench.controller.isDown = true;
    bench.clock.after(60_000, () => (bench.controller.isDown = false));
    expect((await bench.play()).pairs[0]?.completed).toBe(1);
  });

  it('is not waited for without end at the start', async () => {
    using bench = makeBench();
    bench.controller.isDown = true;
    const startMs = bench.clock.now();
    await expect(bench.play()).rejects.toMatchObject({ code: 'controller-unreachable' });
    expect(bench.clock.now() - startMs).toBeLessThan(125_000);
    expect(bench.has('.lock')).toBe(false);
  });

  it('ends the evaluation in the midst of it, with what is left reported as not played', async () => {
    using bench = makeBench();
    bench.controller.tasks.set('t', { indices: [0, 1, 2, 3, 4, 5], capacity: 2 });
    bench.observer = { sampleEnd: () => void (bench.controller.isDown = true) };
    const summary = await bench.play();
    const pair = summary.pairs[0];
    expect(pair?.completed).toBeGreaterThan(0);
    expect((pair?.completed ?? 0) + (pair?.failed ?? 0) + (pair?.notPlayed ?? 0)).toBe(6);
    expect(bench.lines('a/t/error.jsonl').every((line) => line['error'] === 'NETWORK_ERROR')).toBe(true);
    expect(pair?.notPlayed).toBeGreaterThan(0);
    expect(chooseExitCode(summary)).toBe(1);
  });

  it('is not held against samples that were never sent to it', async () => {
    using bench = makeBench();
    const indices = Array.from({ length: 50 }, (_, index) => index);
    bench.controller.tasks.set('t', { indices, capacity: 10 });
    bench.observer = { sampleEnd: () => void (bench.controller.isDown = true) };
    const startMs = bench.clock.now();
    const summary = await bench.play({ taskConcurrency: { t: 2 }, autoRetry: true });
    expect(summary.pairs[0]).toMatchObject({ completed: 2, failed: 2, notPlayed: 46 });
    expect(bench.lines('a/t/error.jsonl')).toHaveLength(2);
    expect(bench.notices).toEqual([
      '46 samples of t are not played: the controller does not answer: connection refused',
    ]);
    expect(bench.clock.now() - startMs).toBeLessThan(125_000);
    bench.controller.isDown = false;
    bench.observer = {};
    expect((await bench.play()).pairs[0]).toMatchObject({ completed: 50, failed: 0 });
  });
});

describe('--auto-retry', () => {
  const unreachable = new ProctorError('model-api-unreachable', { agent: 'a', reason: 'no' });
  const startsOf = (bench: EvaluationBench) => bench.controller.count('/start_sample');

  it('is off unless asked for', async () => {
    using bench = makeBench();
    bench.agents['a'] = { act: () => Promise.reject(unreachable) };
    await bench.play();
    expect(startsOf(bench)).toBe(1);
  });

  it('tries again with growing pauses, and not without end', async () => {
    using bench = makeBench();
    const triedMs: number[] = [];
    bench.agents['a'] = {
      act: () => {
        triedMs.push(bench.clock.now());
        return Promise.reject(unreachable);
      },
    };
    const retryPauses: (number | undefined)[] = [];
    bench.observer = { sampleFailed: ({ retryInMs }) => void retryPauses.push(retryInMs) };
    const summary = await bench.play({ autoRetry: true, maxAttempts: 4 });
    expect(bench.lines('a/t/error.jsonl').map((line) => line['attempt'])).toEqual([1, 2, 3, 4]);
    expect(retryPauses).toEqual([1_000, 2_000, 4_000, undefined]);
    const pauses = triedMs.slice(1).map((ms, position) => ms - (triedMs[position] ?? 0));
    expect(pauses).toEqual([1_000, 2_000, 4_000]);
    expect(summary.pairs[0]).toMatchObject({ failed: 1, completed: 0 });
  });

  it('ends with the first success, which is then the only outcome that counts', async () => {
    using bench = makeBench();
    let failures = 2;
    bench.agents['a'] = {
      act: () =>
        failures-- > 0 ? Promise.reject(unreachable) : Promise.resolve({ status: 'normal', content: 'ok' }),
    };
    const summary = await bench.play({ autoRetry: true });
    expect(bench.lines('a/t/runs.jsonl')).toMatchObject([{ attempt: 3 }]);
    expect(summary.pairs[0]).toMatchObject({ failed: 0, completed: 1 });
    expect(chooseExitCode(summary)).toBe(0);
  });

  it('does not count "no worker free" as an attempt, and writes nothing of it', async () => {
    let refusals = 5;
    using bench = makeBench(
      at('/start_sample', () => (refusals-- > 0 ? WireError.of('no-slot-free') : undefined)),
    );
    const summary = await bench.play({ autoRetry: true, maxAttempts: 1 });
    expect(summary.pairs[0]).toMatchObject({ completed: 1, failed: 0 });
    expect(bench.lines('a/t/runs.jsonl')).toMatchObject([{ attempt: 1 }]);
    expect(bench.has('a/t/error.jsonl')).toBe(false);
    // Not tried again before the next look at the slots: one a second.
    expect(startsOf(bench)).toBe(6);
    expect(bench.controller.count('/list_workers')).toBe(6);
  });
});
