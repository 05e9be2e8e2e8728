import { describe, expect, it } from 'vitest';
import { EvaluationBench } from '../testing/evaluation-bench.ts';

describe('a request that plays a step', () => {
  it.each([
    ['its task allows', { stepSeconds: 7_200.5 }, true, 7_260_500],
    ['its controller allows', {}, true, 1_860_000],
    ['is usual, where its task allows little', { stepSeconds: 5 }, true, 900_000],
    ['is usual, where the controller knows no turns', { stepSeconds: 7_200 }, false, 900_000],
  ])('is waited for as long as %s', async (_what, limits, turns, timeoutMs) => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0], capacity: 1 });
    bench.controller.knowsTurns = turns;
    const version = { name: 'proctor', version: '1', turns, step_timeout_seconds: 1_800 };
    bench.controller.answer = ({ path }) => (path === '/version' ? version : undefined);
    await bench.play({ limitsOf: () => limits });
    for (const path of ['/start_sample', '/interact'])
      expect(bench.controller.calls.find((call) => call.path === path)?.timeoutMs).toBe(timeoutMs);
  });
});

describe('scoring', () => {
  it('is waited for longer than the controller allows, so that it can tell', async () => {
    using bench = new EvaluationBench();
    await bench.play();
    const scoring = bench.controller.calls.find(({ path }) => path === '/calculate_overall');
    expect(scoring?.timeoutMs).toBeGreaterThan(900_000);
  });
});
