import { describe, expect, it } from 'vitest';
import { ProctorError } from '../base/index.ts';
import { TransportError, WireError, type WireTaskOutput } from '../protocol/index.ts';
import { answering, EvaluationBench } from '../testing/evaluation-bench.ts';
import type { FakeAnswer, FakeCall } from '../testing/fake-controller.ts';
import { classifyThrow } from './classify-throw.ts';
import { causeOfStatus, describeInteractFailure, describeStartFailure } from './failure.ts';
import { chooseExitCode } from './summary.ts';

const seen: WireTaskOutput = { index: null, status: 'running', result: null, history: [] };
const badRequest = (detail: string) => new WireError(400, detail);
const at = (path: string, answer: () => FakeAnswer) => (call: FakeCall) =>
  call.path === path ? answer() : undefined;
const taskError = (history: readonly { role: string; content: string }[] = []) => ({
  session_id: 7,
  output: { index: 0, status: 'task error', result: 'KeyError: no table', history: [...history] },
});

function makeBench(answer: (call: FakeCall) => FakeAnswer = () => undefined): EvaluationBench {
  const bench = new EvaluationBench();
  bench.controller.tasks.set('t', { indices: [0], capacity: 1 });
  bench.controller.answer = answer;
  return bench;
}

describe('a failed turn', () => {
  it.each([
    [badRequest('Error: Worker not responding\nconnect ECONNREFUSED'), 'worker', 'worker-lost'],
    [badRequest('Error: Worker not responding\n'), 'limit', 'step-time-out'],
    [WireError.of('worker-silent', { reason: 'reset' }), 'worker', 'worker-silent'],
    [WireError.fromWorker(400, '{"detail":"No such session"}'), 'worker', 'worker-lost'],
    [WireError.fromWorker(500, 'Internal Server Error'), 'worker', 'worker-error'],
    [WireError.fromWorker(501, JSON.stringify({ detail: taskError() })), 'task', 'task-error'],
    [WireError.of('session-unknown'), 'controller', 'session-unknown'],
    [WireError.of('session-busy'), 'controller', 'session-busy'],
    [WireError.of('turn-mismatch', { turn: 2, played: 3, next: 4 }), 'controller', 'turn-mismatch'],
    [WireError.of('turn-unknown', { turn: 2 }), 'controller', 'turn-unknown'],
    [new WireError(401, 'Unauthorized'), 'controller', 'access-denied'],
    [new WireError(502, '<html>'), 'controller', 'controller-error'],
    [new TransportError('lost', 'reset'), 'controller', 'controller-unreachable'],
    [new ProctorError('reply-invalid', { sender: 'x', problem: 'y' }), 'controller', 'reply-invalid'],
  ])('is booked where it belongs: %s', (thrown, cause, code) => {
    const failure = describeInteractFailure(thrown, seen);
    expect(failure).toMatchObject({ cause, code });
    expect(failure.sentence).toMatch(/^.+$/);
  });

  it.each([
    ['worker lost', 'worker', 'worker-lost'],
    ['expired', 'limit', 'session-expired'],
    ['cancelled', 'cancelled', 'session-cancelled'],
    ['finished', 'controller', 'outcome-lost'],
    ['start failed', 'worker', 'start-failed'],
  ] as const)('of a session that is over is booked by the reason that the controller gives: %s', (...row) => {
    const [reason, cause, code] = row;
    const failure = describeInteractFailure(WireError.of('session-unknown'), seen, { reason });
    expect(failure).toMatchObject({ cause, code, error: 'INTERACT_FAILED' });
  });

  it('names the limit of a step where it is known', () => {
    const thrown = badRequest('Error: Worker not responding\n');
    expect(describeInteractFailure(thrown, seen, { stepSeconds: 5 }).limit).toMatchObject({
      name: 'stepSeconds',
      limit: 5,
    });
  });
});

it('a start on a worker that was gone before is not held against the sample', () => {
  const startAfter = (reason: string) =>
    describeStartFailure(badRequest(`Error: Worker not responding\n${reason}`))?.code;
  expect(startAfter('connect ECONNREFUSED')).toBe('worker-unreachable');
  expect(startAfter('socket hang up')).toBe('worker-lost');
});

it('a start that finds no slot is no failure', () => {
  expect(describeStartFailure(WireError.of('no-slot-free'))).toBeUndefined();
  expect(describeStartFailure(WireError.of('index-out-of-bounds'))).toMatchObject({
    cause: 'controller',
    code: 'index-unknown',
  });
});

it.each([
  ['completed', undefined, 'none'],
  ['agent context limit', undefined, 'agent'],
  ['agent validation failed', undefined, 'agent'],
  ['agent invalid action', undefined, 'agent'],
  ['task limit reached', undefined, 'agent'],
  ['task error', undefined, 'task'],
  ['unknown', undefined, 'task'],
  ['unknown', 'cancelled', 'cancelled'],
] as const)('the status %s of a session that ended %s is the doing of: %s', (status, reason, cause) => {
  expect(causeOfStatus(status, reason)).toBe(cause);
});

describe('an agent that throws', () => {
  const fetchFailed = Object.assign(new TypeError('fetch failed'), {
    cause: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
  });
  it.each([
    [new ProctorError('model-api-timeout', { agent: 'a', limitMs: 5 }), 'model-api', 'model-api-timeout'],
    [fetchFailed, 'model-api', 'model-api-unreachable'],
    [Object.assign(new Error('x'), { code: 'ETIMEDOUT' }), 'model-api', 'model-api-unreachable'],
    [Object.assign(new Error('x'), { code: 'UND_ERR_SOCKET' }), 'model-api', 'model-api-unreachable'],
    [new DOMException('took too long', 'TimeoutError'), 'model-api', 'model-api-unreachable'],
    [Object.assign(new Error('x'), { status: 429 }), 'model-api', 'model-api-failed'],
    [new TypeError('history.at is not a function'), 'agent', 'agent-failed'],
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 'agent', 'agent-failed'],
    [new ProctorError('oracle-missing', { task: 't' }), 'agent', 'oracle-missing'],
    [
      new ProctorError('history-unsupported', { agent: 'a', problem: '', wanted: '' }),
      'agent',
      'history-unsupported',
    ],
    ['a text', 'agent', 'agent-failed'],
  ])('is told from a model that could not be asked: %s', (thrown, cause, code) => {
    const blame = classifyThrow(thrown);
    expect(blame).toMatchObject({ cause, code });
    expect(blame.stopsAgent).toBeUndefined();
  });

  it.each([
    new ProctorError('model-api-refused', { agent: 'a', status: 401, body: 'no' }),
    Object.assign(new Error('bad key'), { status: 401 }),
    Object.assign(new Error('no such model'), { statusCode: 404 }),
  ])('is stopped when its model API will not serve it: %s', (thrown) => {
    expect(classifyThrow(thrown)).toMatchObject({ code: 'model-api-refused', stopsAgent: true });
  });
});

describe('the files', () => {
  it('have the cause, code, sentence and attempt of a failure behind what the reference writes', async () => {
    using bench = makeBench(at('/interact', () => badRequest('Error: Worker not responding\nreset')));
    await bench.play();
    const [line = {}] = bench.lines('a/t/error.jsonl');
    expect(Object.keys(line)).toEqual([
      'index',
      'error',
      'info',
      'output',
      'time',
      'attempt',
      'session_id',
      'cause',
      'code',
      'sentence',
    ]);
    expect(line).toMatchObject({
      error: 'INTERACT_FAILED',
      attempt: 1,
      cause: 'worker',
      code: 'worker-lost',
      sentence: 'The worker is gone: reset',
    });
  });

  it.each([
    ['at once', '/start_sample', [], 'START_FAILED'],
    ['later', '/interact', [{ role: 'agent', content: 'ok' }], 'INTERACT_FAILED'],
  ])("have a task's error as a failure that was not the agent's: %s", async (...row) => {
    const [, path, history, error] = row;
    using bench = makeBench(at(path, () => taskError(history)));
    const summary = await bench.play();
    expect(bench.has('a/t/runs.jsonl')).toBe(false);
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([
      { error, info: 'KeyError: no table', cause: 'task', code: 'task-error', output: { index: 0 } },
    ]);
    expect(summary.pairs[0]).toMatchObject({ completed: 0, failed: 1, unscored: { task: 1 } });
    expect(chooseExitCode(summary)).toBe(1);
  });

  it('have no secret in the sentence either', async () => {
    using bench = makeBench();
    bench.secrets = ['hunter2secret'];
    bench.agents['a'] = { act: () => Promise.reject(new Error('refused with hunter2secret')) };
    await bench.play();
    expect(bench.lines('a/t/error.jsonl')[0]).toMatchObject({ sentence: 'refused with ***' });
  });
});

describe('--auto-retry', () => {
  it("tries a task's error again, and counts it", async () => {
    let errors = 2;
    using bench = makeBench(at('/start_sample', () => (errors-- > 0 ? taskError() : undefined)));
    const summary = await bench.play({ autoRetry: true });
    expect(bench.lines('a/t/runs.jsonl')).toMatchObject([{ attempt: 3, cause: 'none' }]);
    expect(summary.pairs[0]).toMatchObject({ completed: 1, failed: 0, retries: 2 });
    expect(chooseExitCode(summary)).toBe(0);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('no')), 'agent-failed'],
    ['answers null', () => Promise.resolve(null), 'answer-invalid'],
  ])('never tries an agent again that %s', async (_what, act, code) => {
    using bench = makeBench();
    bench.agents['a'] = { act: act as never };
    const summary = await bench.play({ autoRetry: true });
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([{ attempt: 1, cause: 'agent', code }]);
    expect(summary.pairs[0]).toMatchObject({ failed: 1, retries: 0, unscored: { agent: 1 } });
  });

  it.each([
    ['cancelled', 1, { cancelled: 1 }],
    ['expired', 3, { limit: 1 }],
    ['worker lost', 3, { worker: 1 }],
  ])('heeds why a session is over: %s', async (reason, attempts, unscored) => {
    using bench = makeBench();
    bench.agents['a'] = {
      act: () => {
        for (const id of bench.controller.sessions.keys()) bench.controller.endSession(id, reason);
        return Promise.resolve({ status: 'normal', content: 'ok' });
      },
    };
    const summary = await bench.play({ autoRetry: true });
    expect(bench.lines('a/t/error.jsonl')).toHaveLength(attempts);
    expect(bench.lines('a/t/runs.jsonl')).toEqual([]);
    expect(summary.pairs[0]).toMatchObject({ failed: 1, unscored });
  });

  it('sets a sample aside under which three workers died, and names it', async () => {
    using bench = makeBench();
    bench.controller.tasks.set('t', { indices: [0, 'bad'], capacity: 1 });
    bench.controller.answer = (call) => {
      const session = bench.controller.sessions.get(Number(call.body['session_id']));
      const isBad = call.path === '/interact' && session?.index === 'bad';
      return isBad ? badRequest('Error: Worker not responding\nreset') : undefined;
    };
    const summary = await bench.play({ autoRetry: true, maxAttempts: 50 });
    expect(bench.lines('a/t/error.jsonl').map((line) => line['attempt'])).toEqual([1, 2, 3]);
    expect(summary.pairs[0]).toMatchObject({ completed: 1, failed: 1, poison: ['bad'] });
    expect(bench.notices.join()).toContain('Sample "bad" of t is set aside: 3 workers died under it');
  });
});

describe('a model API that will not serve an agent', () => {
  it('stops that agent with a word, and the others go on', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0, 1, 2, 3, 4, 5], capacity: 1 });
    const refused = new ProctorError('model-api-refused', { agent: 'a', status: 401, body: 'bad key' });
    bench.agents = { a: { act: () => Promise.reject(refused) }, b: answering('fine') };
    const pairs = ['a', 'b'].map((agent) => ({ agent, task: 't' }));
    const summary = await bench.play({ pairs, autoRetry: true });
    expect(summary.pairs).toMatchObject([
      { agent: 'a', completed: 0, failed: 1, notPlayed: 5, retries: 0 },
      { agent: 'b', completed: 6, failed: 0 },
    ]);
    expect(summary.stoppedAgents).toEqual([{ agent: 'a', reason: refused.message }]);
    const told = bench.notices.filter((notice) => notice.startsWith('Agent a is stopped'));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/answered 401: bad key.*5 of its samples are not played.*Correct its url, key/);
    expect(chooseExitCode(summary)).toBe(1);
    // With the key corrected the same command plays the rest.
    bench.agents['a'] = answering('ok');
    expect((await bench.play({ pairs })).pairs).toMatchObject([{ completed: 6 }, { completed: 6 }]);
  });

  it('does not wait for what was to be tried again', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0, 1], capacity: 1 });
    const errors = [
      new TypeError('fetch failed'),
      new ProctorError('model-api-refused', { agent: 'a', status: 402, body: 'pay' }),
    ];
    bench.agents['a'] = { act: () => Promise.reject(errors.shift() ?? new Error('asked again')) };
    const startMs = bench.clock.now();
    const summary = await bench.play({ autoRetry: true, timings: { retryPauseMs: 60_000 } });
    expect(summary.pairs[0]).toMatchObject({ failed: 2, notPlayed: 0, unscored: { 'model-api': 2 } });
    expect(bench.clock.now() - startMs).toBeLessThan(60_000);
  });
});
