import { describe, expect, it } from 'vitest';
import { chooseExitCode } from './summary.ts';
import { EvaluationBench } from '../testing/evaluation-bench.ts';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('slots', () => {
  it('are taken again at once when an outcome is on disk, without a look at the controller in between', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: range(40), capacity: 4 });
    const startMs = bench.clock.now();
    await bench.play();
    expect(bench.controller.count('/start_sample')).toBe(40);
    expect(bench.controller.count('/list_workers')).toBe(1);
    expect(bench.clock.now()).toBe(startMs);
  });

  it('are free only when the line is synced', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: range(8), capacity: 1 });
    const { fileEvents } = bench;
    bench.observer = { sampleStart: ({ index }) => void fileEvents.push(`start ${index}`) };
    await bench.play();
    const events = fileEvents.filter((event) => /start|runs/.test(event));
    expect(events.slice(0, 6)).toEqual([
      'start 0',
      'write runs.jsonl',
      'sync runs.jsonl',
      'start 1',
      'write runs.jsonl',
      'sync runs.jsonl',
    ]);
  });

  it('need fewer syncs than lines under load', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: range(200), capacity: 64 });
    await bench.play({ agentConcurrency: { a: 64 }, taskConcurrency: { t: 64 } });
    expect(bench.lines('a/t/runs.jsonl')).toHaveLength(200);
    expect(bench.fileEvents.filter((event) => event === 'sync runs.jsonl').length).toBeLessThan(100);
  });

  it('are played in the order of the task', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [3, 1, 'x', 2], capacity: 1 });
    await bench.play();
    expect(bench.started).toEqual(['a/t/3', 'a/t/1', 'a/t/x', 'a/t/2']);
  });

  it.each(range(25))('are never more than any limit allows, whatever the limits: %i', async (seed) => {
    let state = seed;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    using bench = new EvaluationBench();
    const tasks = ['t', 'u'] as const;
    const names = ['a', 'b'] as const;
    const agentConcurrency = { a: 1 + random(6), b: 1 + random(6) };
    const taskConcurrency = { t: 1 + random(6), u: 1 + random(6) };
    const capacity = { t: 1 + random(6), u: 1 + random(6) };
    const count = 1 + random(8);
    for (const task of tasks)
      bench.controller.tasks.set(task, { indices: range(count), capacity: capacity[task] });
    const busy = { a: 0, b: 0 };
    const most = { a: 0, b: 0 };
    for (const name of names) {
      bench.agents[name] = {
        act: async () => {
          most[name] = Math.max(most[name], ++busy[name]);
          for (let ticks = random(4); ticks > 0; ticks--)
            await new Promise((resolve) => setImmediate(resolve));
          busy[name]--;
          if (random(8) === 0) throw new Error('no');
          return { status: 'normal', content: 'ok' };
        },
      };
    }
    const pairs = names.flatMap((agent) => tasks.map((task) => ({ agent, task })));
    const summary = await bench.play({ pairs, agentConcurrency, taskConcurrency });
    for (const pair of summary.pairs) {
      expect(pair.completed + pair.failed).toBe(count);
      expect(bench.lines(`${pair.agent}/${pair.task}/runs.jsonl`)).toHaveLength(pair.completed);
    }
    expect(new Set(bench.started).size).toBe(4 * count);
    expect(bench.started).toHaveLength(4 * count);
    for (const name of names) expect(most[name]).toBeLessThanOrEqual(agentConcurrency[name]);
    for (const task of tasks)
      expect(bench.controller.most.get(task)).toBeLessThanOrEqual(
        Math.min(taskConcurrency[task], capacity[task]),
      );
  });
});

describe('the controller', () => {
  it('is asked once a second while samples wait for a slot, and once for all of its tasks', async () => {
    using bench = new EvaluationBench();
    const { tasks } = bench.controller;
    tasks.set('t', { indices: [0], capacity: 1, others: 1 });
    tasks.set('u', { indices: [0], capacity: 1, others: 1 });
    bench.clock.after(5_100, () => {
      tasks.set('t', { indices: [0], capacity: 1 });
      tasks.set('u', { indices: [0], capacity: 1 });
    });
    const pairs = ['t', 'u'].map((task) => ({ agent: 'a', task }));
    const summary = await bench.play({ pairs });
    expect(summary.pairs.map((pair) => pair.completed)).toEqual([1, 1]);
    expect(bench.controller.count('/list_workers')).toBe(7);
    expect(bench.controller.count('/start_sample')).toBe(2);
  });

  it('is not asked while nothing waits for it, or only for a busy agent', async () => {
    for (const concurrency of [2, 1]) {
      using bench = new EvaluationBench();
      bench.controller.tasks.set('t', { indices: [0, 1], capacity: concurrency });
      bench.agents['a'] = {
        act: () =>
          new Promise((resolve) =>
            bench.clock.after(30_000, () => resolve({ status: 'normal', content: 'ok' })),
          ),
      };
      await bench.play({ agentConcurrency: { a: concurrency } });
      expect(bench.controller.count('/list_workers')).toBe(1);
    }
  });

  it('tells of workers that join in mid-run', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: range(20), capacity: 1 });
    bench.agents['a'] = {
      act: () =>
        new Promise((resolve) =>
          bench.clock.after(2_000, () => resolve({ status: 'normal', content: 'ok' })),
        ),
    };
    bench.clock.after(3_000, () => ((bench.controller.tasks.get('t') as { capacity: number }).capacity = 8));
    await bench.play();
    expect(bench.controller.most.get('t')).toBe(8);
  });
});

describe('an unknown task', () => {
  it('is waited for at the start', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.clear();
    bench.clock.after(30_000, () => bench.controller.tasks.set('t', { indices: [0], capacity: 1 }));
    expect((await bench.play()).pairs[0]?.completed).toBe(1);
    expect(bench.waits).toEqual([
      'The controller at http://controller/api does not know t yet; waiting for a worker, up to 60 s',
    ]);
  });

  it('is an error in the end, which names those that are known', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.clear();
    bench.controller.tasks.set('other', { indices: [0], capacity: 1 });
    await expect(bench.play()).rejects.toMatchObject({
      code: 'task-absent',
      message: 'The controller at http://controller/api does not know the task "t"',
      expected: 'one of the tasks that it knows: other',
    });
  });

  it('is left out while the others are played, and the end is not called whole', async () => {
    using bench = new EvaluationBench();
    const pairs = [
      { agent: 'a', task: 'u' },
      { agent: 'a', task: 't' },
    ];
    const summary = await bench.play({ pairs });
    expect(summary.pairs).toMatchObject([{ task: 't', completed: 4, total: 4 }]);
    expect(summary.absent).toEqual([{ agent: 'a', task: 'u' }]);
    expect(chooseExitCode(summary)).toBe(1);
    expect(bench.notices.join()).toContain('does not know the task "u"; its samples are not played');
    expect(bench.has('a/t/overall.json')).toBe(true);
    // With a worker there, the same command plays the rest.
    bench.controller.tasks.set('u', { indices: [7], capacity: 1 });
    expect(await bench.play({ pairs })).toMatchObject({
      absent: [],
      pairs: [{ completed: 1 }, { completed: 4 }],
    });
  });

  it('goes by the name that the controller has for it', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t-std', { indices: [0], capacity: 1 });
    await bench.play({ controllerNameOf: (task) => `${task}-std` });
    expect(bench.lines('a/t/runs.jsonl')).toHaveLength(1);
    expect(
      bench.controller.calls.filter((call) => 'name' in call.body).map((call) => call.body['name']),
    ).toEqual(['t-std', 't-std', 't-std']);
  });

  it.each([
    ['is waited for in mid-run', 300_000, { completed: 4, notPlayed: 0 }],
    ['is not waited for in mid-run without end', 3_600_000, { completed: 2, notPlayed: 2 }],
  ])('%s', async (_, backAfterMs, expected) => {
    using bench = new EvaluationBench();
    let ended = 0;
    bench.observer = {
      sampleEnd: () => {
        if (++ended === 2) bench.controller.tasks.delete('t');
      },
    };
    bench.clock.after(backAfterMs, () => bench.controller.tasks.set('t', { indices: range(4), capacity: 1 }));
    bench.controller.tasks.set('t', { indices: range(4), capacity: 1 });
    const summary = await bench.play();
    expect(bench.waits).toEqual(['No worker of t is there; waiting for one, up to 600 s']);
    expect(summary.pairs[0]).toMatchObject({ failed: 0, ...expected });
  });
});
