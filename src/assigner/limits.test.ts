import { describe, expect, it } from 'vitest';
import { WireError, type AgentOutput } from '../protocol/index.ts';
import { EvaluationBench } from '../testing/evaluation-bench.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { SampleBudget, type SampleLimits } from './sample-limits.ts';

function makeBench(): EvaluationBench {
  const bench = new EvaluationBench();
  bench.controller.tasks.set('t', { indices: [0], capacity: 1 });
  return bench;
}

const limited = (limits: SampleLimits) => ({ limitsOf: () => limits });

/** The one run, and what must hold of any that reached a limit. */
function readLimitedRun(bench: EvaluationBench): Record<string, unknown> | undefined {
  const [run] = bench.lines('a/t/runs.jsonl');
  expect(run).toMatchObject({
    index: 0,
    error: null,
    output: { index: 0, status: 'task limit reached', result: null },
    cause: 'limit',
  });
  expect(bench.controller.sessions.size).toBe(0);
  expect(bench.controller.count('/cancel')).toBe(1);
  expect(bench.has('.sessions.jsonl')).toBe(false);
  expect(bench.clock.pendingTimers).toBe(0);
  return run;
}

describe('the time of a sample', () => {
  it('ends an agent that never answers, from outside', async () => {
    using bench = makeBench();
    let isAborted = false;
    bench.agents['a'] = {
      act: (_history, { signal }) => {
        signal.addEventListener('abort', () => (isAborted = true));
        return new Promise(() => undefined);
      },
    };
    const startMs = bench.clock.now();
    const summary = await bench.play(limited({ wallMs: 30_000 }));
    expect(bench.clock.now() - startMs).toBe(30_000);
    expect(isAborted).toBe(true);
    expect(readLimitedRun(bench)).toMatchObject({
      limit: { name: 'sampleSeconds', limit: 30, reached: 30 },
      output: { history: [{ role: 'user', content: 'turn 1' }] },
    });
    expect(summary.pairs[0]).toMatchObject({ completed: 1, failed: 0 });
  });

  it('ends a wait for the task that never ends', async () => {
    using bench = makeBench();
    bench.controller.answer = ({ path }) => (path === '/interact' ? new Promise(() => undefined) : undefined);
    await bench.play(limited({ wallMs: 30_000 }));
    expect(readLimitedRun(bench)).toMatchObject({ limit: { name: 'sampleSeconds' } });
  });

  it('ends also the repeats of a turn, which is a failure of the worker that they were for', async () => {
    using bench = makeBench();
    bench.controller.answer = ({ path }) =>
      path === '/interact' ? WireError.of('worker-silent', { reason: 'reset' }) : undefined;
    const startMs = bench.clock.now();
    const summary = await bench.play(limited({ wallMs: 5_000 }));
    expect(bench.clock.now() - startMs).toBe(5_000);
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([{ error: 'INTERACT_FAILED', cause: 'worker' }]);
    expect(bench.lines('a/t/runs.jsonl')).toEqual([]);
    expect(summary.pairs[0]).toMatchObject({ completed: 0, failed: 1 });
    expect(bench.controller.sessions.size).toBe(0);
  });

  it('ends a turn at its limit although one before it was repeated', async () => {
    using bench = makeBench();
    let calls = 0;
    bench.controller.answer = ({ path }) => {
      if (path !== '/interact') return undefined;
      calls++;
      if (calls === 1) return WireError.of('worker-silent', { reason: 'reset' });
      return calls === 2 ? undefined : new Promise(() => undefined);
    };
    await bench.play(limited({ wallMs: 30_000 }));
    expect(readLimitedRun(bench)).toMatchObject({ limit: { name: 'sampleSeconds' } });
  });

  it('leaves a sample alone that is faster', async () => {
    using bench = makeBench();
    await bench.play(limited({ wallMs: 30_000 }));
    expect(bench.lines('a/t/runs.jsonl')).toMatchObject([{ output: { status: 'completed' }, cause: 'none' }]);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('counts what evaluations before this one used of it', async () => {
    const clock = new FakeClock();
    const stop = new AbortController().signal;
    const spent = { ms: 20_000, tokens: 7 };
    const budget = new SampleBudget({ limits: { wallMs: 30_000 }, clock, stop, spent });
    budget.begin();
    await clock.advance(9_000);
    expect(budget.spent).toEqual({ ms: 29_000, tokens: 7 });
    expect(budget.check(1)).toBeUndefined();
    await clock.advance(1_000);
    expect(budget.signal.aborted).toBe(true);
    expect(budget.check(1)).toEqual({ name: 'sampleSeconds', limit: 30, reached: 30 });
  });
});

describe('the turns of a sample', () => {
  it('are no more than its limit allows', async () => {
    using bench = makeBench();
    bench.controller.turns = 9;
    await bench.play(limited({ turns: 2 }));
    expect(bench.controller.playedTurns).toEqual(['1:1', '1:2']);
    expect(readLimitedRun(bench)).toMatchObject({
      limit: { name: 'turns', limit: 2, reached: 2 },
      output: { history: [{}, {}, {}, {}, { role: 'user', content: 'turn 3' }] },
    });
  });

  it('may be as many', async () => {
    using bench = makeBench();
    await bench.play(limited({ turns: 2 }));
    expect(bench.lines('a/t/runs.jsonl')).toMatchObject([{ cause: 'none' }]);
  });
});

describe('the tokens of a sample', () => {
  const costing = (usage: AgentOutput['usage']) => ({
    act: () => Promise.resolve({ status: 'normal' as const, content: 'ok', ...(usage && { usage }) }),
  });

  it('are summed up, read and written', async () => {
    using bench = makeBench();
    bench.controller.turns = 9;
    bench.agents['a'] = costing({ inputTokens: 40, outputTokens: 20 });
    await bench.play(limited({ agentTokens: 120 }));
    expect(readLimitedRun(bench)).toMatchObject({ limit: { name: 'agentTokens', limit: 120, reached: 180 } });
    expect(bench.controller.playedTurns).toEqual(['1:1', '1:2']);
    expect(bench.notices).toEqual([]);
  });

  it('do not go to the task', async () => {
    using bench = makeBench();
    bench.agents['a'] = costing({ inputTokens: 40, outputTokens: 20 });
    await bench.play();
    const sent = bench.controller.calls.filter(({ path }) => path === '/interact');
    expect(sent.map(({ body }) => body['agent_response'])).toEqual([
      { status: 'normal', content: 'ok' },
      { status: 'normal', content: 'ok' },
    ]);
  });

  it('cannot be counted where the agent does not tell, which is said once', async () => {
    using bench = makeBench();
    bench.controller.tasks.set('t', { indices: [0, 1, 2], capacity: 1 });
    expect((await bench.play(limited({ agentTokens: 1 }))).pairs[0]).toMatchObject({ completed: 3 });
    expect(bench.notices).toEqual([
      'The agent a does not say how many tokens its answers cost: the limit on tokens cannot hold for it',
    ]);
  });
});

describe('the time of a step', () => {
  it.each([
    ['its task says', { stepSeconds: 7 }, 7],
    ['the controller says where the task says nothing', {}, 900],
  ])('is told in the failure as %s, which is no run', async (_name, limits, seconds) => {
    using bench = makeBench();
    bench.controller.answer = ({ path }) => {
      if (path === '/version')
        return { name: 'proctor', version: '1', turns: true, step_timeout_seconds: 900 };
      return path === '/interact' ? new WireError(400, 'Error: Worker not responding\n') : undefined;
    };
    await bench.play(limited(limits));
    expect(bench.lines('a/t/runs.jsonl')).toEqual([]);
    expect(bench.lines('a/t/error.jsonl')[0]).toMatchObject({
      cause: 'limit',
      code: 'step-time-out',
      limit: { name: 'stepSeconds', limit: seconds },
    });
  });
});
