import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '../base/index.ts';
import { WireError } from '../protocol/index.ts';
import { answering, EvaluationBench } from '../testing/evaluation-bench.ts';
import { chooseExitCode } from './summary.ts';

type Result = { readonly index: number; readonly status: string; readonly result: Json };

/** A bench with samples 0 to 3 of which the agent throws at those given. */
function makeBench(failing: readonly number[]): EvaluationBench {
  const bench = new EvaluationBench();
  failAt(bench, failing);
  return bench;
}

function failAt(bench: EvaluationBench, failing: readonly number[]): void {
  bench.agents['a'] = {
    act: (_history, { index }) =>
      failing.includes(Number(index))
        ? Promise.reject(new TypeError('fetch failed'))
        : Promise.resolve({ status: 'normal', content: 'ok' }),
  };
}

function scoreBy(bench: EvaluationBench, score: (results: readonly Result[]) => Json | Error): Result[][] {
  const asked: Result[][] = [];
  bench.controller.answer = ({ path, body }) => {
    if (path !== '/calculate_overall') return undefined;
    asked.push(body['results'] as unknown as Result[]);
    return score(body['results'] as unknown as Result[]);
  };
  return asked;
}

const shareCompleted = (results: readonly Result[]) => ({
  score: results.filter(({ status }) => status === 'completed').length / results.length,
});
const readOverall = (bench: EvaluationBench) => JSON.parse(bench.text('a/t/overall.json')) as unknown;

describe('overall.json with unscored samples', () => {
  it('has the main figure over the scored and over all, and hands no unscored one to scoring as a zero', async () => {
    using bench = makeBench([1]);
    const asked = scoreBy(bench, shareCompleted);
    const summary = await bench.play();
    expect(asked[0]?.map(({ index }) => index)).toEqual([0, 2, 3]);
    expect(asked[1]?.at(-1)).toEqual({ index: 1, status: 'task limit reached', result: null, history: [] });
    expect(readOverall(bench)).toMatchObject({
      total: 3,
      validation: { completed: 1 },
      custom: { score: 1 },
      attempted: 4,
      scored: 3,
      unscored: { 'model-api': 1 },
      metrics: { score: { scored: 1, all: 0.75, how: 'scored by the task' } },
    });
    expect(summary.pairs[0]).toMatchObject({ mainScore: { value: 1 }, metric: { all: 0.75 } });
    expect(chooseExitCode(summary)).toBe(1);
  });

  it.each([
    ['passes over outcomes without result', () => ({ score: 0.8 }), { scored: 0.8, all: 0.6 }],
    [
      'cannot score them',
      (results: readonly Result[]) => (results.length === 4 ? new WireError(500, 'odd') : { score: 0.8 }),
      { scored: 0.8, all: 0.6 },
    ],
  ])('takes the share of all where the task %s', async (_what, score, figures) => {
    using bench = makeBench([1]);
    scoreBy(bench, score);
    await bench.play();
    const metric = {
      scored: figures.scored,
      all: expect.closeTo(figures.all) as number,
      how: 'share of all',
    };
    expect(readOverall(bench)).toMatchObject({ metrics: { score: metric } });
    expect(bench.lines('a/t/error.jsonl').map(({ error }) => error)).toEqual(['AGENT_FAILED']);
  });

  it('does not make up a figure over all that is no share', async () => {
    using bench = makeBench([1]);
    scoreBy(bench, (results) => (results.length === 4 ? new WireError(500, 'odd') : { reward: 12 }));
    await bench.play();
    const metrics = { reward: { scored: 12, all: null, how: 'not known' } };
    expect(readOverall(bench)).toMatchObject({ metrics });
  });

  it.each([
    ['a figure that is no share is the same over all', 12, 12],
    ['a share is larger over all', 0.2, 0.4],
  ])('does not make one up where %s', async (_what, scored, all) => {
    using bench = makeBench([1]);
    scoreBy(bench, (results) => ({ score: results.length === 4 ? all : scored }));
    await bench.play();
    expect(readOverall(bench)).toMatchObject({ metrics: { score: { scored, all: null, how: 'not known' } } });
  });

  it('asks nobody when nothing is scored', async () => {
    using bench = makeBench([0, 1, 2, 3]);
    await bench.play();
    expect(bench.controller.count('/calculate_overall')).toBe(0);
    expect(readOverall(bench)).toMatchObject({
      total: 0,
      custom: null,
      attempted: 4,
      scored: 0,
      unscored: { 'model-api': 4 },
      metrics: {},
    });
  });

  it('asks once when everything is scored', async () => {
    using bench = makeBench([]);
    const asked = scoreBy(bench, shareCompleted);
    await bench.play();
    expect(asked).toHaveLength(1);
  });

  it('is not written when the evaluation is interrupted', async () => {
    using bench = makeBench([0]);
    bench.observer = { sampleFailed: () => bench.stop.abort() };
    await bench.play();
    expect(bench.has('a/t/overall.json')).toBe(false);
  });

  it('is opened again at a resume, and is whole when the rest is played', async () => {
    using bench = makeBench([1, 2]);
    scoreBy(bench, shareCompleted);
    await bench.play();
    expect(readOverall(bench)).toMatchObject({ scored: 2, unscored: { 'model-api': 2 } });
    bench.started.length = 0;
    failAt(bench, []);
    const summary = await bench.play();
    expect(bench.started).toEqual(['a/t/1', 'a/t/2']);
    expect(readOverall(bench)).toMatchObject({ total: 4, scored: 4, unscored: {} });
    expect(chooseExitCode(summary)).toBe(0);
  });

  it('does not stay when a run was added and then no new one could be made', async () => {
    using bench = makeBench([1, 2]);
    scoreBy(bench, shareCompleted);
    await bench.play();
    failAt(bench, [2]);
    scoreBy(bench, () => new WireError(500, 'odd'));
    await bench.play();
    expect(bench.lines('a/t/runs.jsonl')).toHaveLength(3);
    expect(bench.has('a/t/overall.json')).toBe(false);
  });

  it('stays when the evaluation is stopped before a run is added', async () => {
    using bench = makeBench([1, 2]);
    scoreBy(bench, shareCompleted);
    await bench.play();
    const before = readOverall(bench);
    bench.observer = { sampleFailed: () => bench.stop.abort() };
    expect((await bench.play()).interrupted).toBe(true);
    expect(readOverall(bench)).toEqual(before);
  });

  it('that is too long for the controller fails in words that say what to do', async () => {
    using bench = makeBench([]);
    scoreBy(bench, () => new WireError(413, 'The request body is larger than 67108864 bytes'));
    await bench.play();
    expect(bench.has('a/t/overall.json')).toBe(false);
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([
      { error: 'OVERALL_FAILED', cause: 'controller', code: 'outcomes-too-large' },
    ]);
    expect(bench.notices.join()).toMatch(/several tasks.*larger than 67108864 bytes/);
  });

  it('is missed by the exit code when all is scored and there is none', async () => {
    using bench = makeBench([]);
    const summary = await bench.play();
    expect(chooseExitCode(summary)).toBe(0);
    const pairs = summary.pairs.map(({ custom: _custom, ...pair }) => pair);
    expect(chooseExitCode({ ...summary, pairs })).toBe(1);
    const empty = pairs.map((pair) => ({ ...pair, total: 0, completed: 0 }));
    expect(chooseExitCode({ ...summary, pairs: empty })).toBe(0);
  });

  it('counts what was never tried as cancelled', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0, 1, 2, 3], capacity: 1 });
    const refused = Object.assign(new Error('bad key'), { status: 401 });
    bench.agents['a'] = {
      act: (_history, { index }) =>
        index === 1 ? Promise.reject(refused) : answering('ok').act([], {} as never),
    };
    await bench.play();
    expect(readOverall(bench)).toMatchObject({
      attempted: 2,
      scored: 1,
      unscored: { 'model-api': 1, cancelled: 2 },
    });
  });
});

describe("the reference's files", () => {
  const line = (index: number, status: string) =>
    JSON.stringify({
      index,
      error: null,
      info: null,
      output: { index, status, result: status === 'completed' ? { score: 1 } : 'Traceback', history: [] },
      time: { timestamp: 1, str: '1970-01-01 00:00:00' },
    }) + '\n';

  function writePair(bench: EvaluationBench, files: Readonly<Record<string, string>>): void {
    const folder = join(bench.folder, 'a/t');
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  }

  it("have their tasks' errors played again, and the first scored run of a sample counts", async () => {
    using bench = makeBench([]);
    const runs = [line(0, 'task error'), line(0, 'completed'), line(1, 'task error'), line(2, 'completed')];
    writePair(bench, { 'runs.jsonl': runs.join('') });
    const summary = await bench.play();
    expect(bench.started).toEqual(['a/t/1', 'a/t/3']);
    expect(summary.pairs[0]).toMatchObject({ completed: 4, statuses: { completed: 4 } });
    expect(bench.notices.join()).toContain("1 runs did not end by the agent's own doing");
    const scored = bench.controller.calls.find((call) => call.path === '/calculate_overall')?.body['results'];
    expect(scored).toMatchObject(Array.from({ length: 4 }, () => ({ status: 'completed' })));
  });

  it('are left as they are where a pair is complete', async () => {
    using bench = makeBench([]);
    const overall = '{"total": 4, "validation": {"completed": 0.75, "task error": 0.25}, "custom": 0.5}';
    writePair(bench, { 'overall.json': overall, 'runs.jsonl': line(0, 'task error') });
    const summary = await bench.play();
    expect(bench.started).toEqual([]);
    expect(summary.pairs[0]).toMatchObject({ total: 4, completed: 4, mainScore: { value: 0.5 } });
    expect(bench.text('a/t/overall.json')).toBe(overall);
  });
});
