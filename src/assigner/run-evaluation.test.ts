import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WireError } from '../protocol/index.ts';
import { EvaluationBench } from '../testing/evaluation-bench.ts';
import { chooseExitCode } from './summary.ts';

const runLine = (index: number | string, score = 1) =>
  JSON.stringify({
    index,
    error: null,
    info: null,
    output: { index, status: 'completed', result: { score }, history: [{ role: 'user', content: 'before' }] },
    time: { timestamp: 1, str: '1970-01-01 00:00:00' },
  }) + '\n';

function writePair(bench: EvaluationBench, file: string, text: string): void {
  mkdirSync(join(bench.folder, 'a/t'), { recursive: true });
  writeFileSync(join(bench.folder, 'a/t', file), text);
}

describe('the output folder', () => {
  it('has a line for each run, the overall result and the configuration, as the reference writes them', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0, 'é'], capacity: 1 });
    bench.controller.turns = 1;
    const summary = await bench.play();
    const stamp = bench.lines('a/t/runs.jsonl')[0]?.['time'] as { timestamp: number; str: string };
    expect(stamp.timestamp).toBe(bench.clock.now());
    const moment = new Date(stamp.timestamp);
    expect(new Date(stamp.str.replace(' ', 'T')).getTime()).toBe(moment.getTime() - moment.getMilliseconds());
    const [first, second] = bench.text('a/t/runs.jsonl').split('\n');
    expect(first).toBe(
      '{"index": 0, "error": null, "info": null, "output": {"index": 0, "status": "completed", "result": {"score": 1}, ' +
        '"history": [{"role": "user", "content": "turn 1"}, {"role": "agent", "content": "ok"}]}, ' +
        `"time": {"timestamp": ${stamp.timestamp}, "str": "${stamp.str}"}, "attempt": 1, "session_id": 1, "cause": "none", "seconds": 0}`,
    );
    expect(second).toContain('{"index": "\\u00e9", ');
    expect(bench.text('a/t/overall.json')).toBe(
      JSON.stringify(
        {
          total: 2,
          validation: {
            running: 0,
            completed: 1,
            'agent context limit': 0,
            'agent validation failed': 0,
            'agent invalid action': 0,
            'task limit reached': 0,
            unknown: 0,
            'task error': 0,
            average_history_length: 2,
            max_history_length: 2,
            min_history_length: 2,
          },
          custom: { score: 0.5, n: 2 },
          attempted: 2,
          scored: 2,
          unscored: {},
          metrics: { score: { scored: 0.5, all: 0.5, how: 'scored by the task' } },
        },
        null,
        4,
      ),
    );
    expect(bench.text('config.yaml')).toBe('output: out\n');
    expect(bench.has('a/t/error.jsonl')).toBe(false);
    expect(bench.has('.lock')).toBe(false);
    expect(bench.has('.sessions.jsonl')).toBe(false);
    expect(summary.pairs).toEqual([
      {
        agent: 'a',
        task: 't',
        total: 2,
        completed: 2,
        failed: 0,
        notPlayed: 0,
        unscored: {},
        retries: 0,
        poison: [],
        statuses: { completed: 2 },
        custom: { score: 0.5, n: 2 },
        mainScore: { name: 'score', value: 0.5 },
        metric: { scored: 0.5, all: 0.5, how: 'scored by the task' },
      },
    ]);
    expect(chooseExitCode(summary)).toBe(0);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('keeps a configuration file up to date that is there already', async () => {
    using bench = new EvaluationBench();
    await bench.play();
    await bench.play({ savedConfig: 'new: 1\n' });
    expect(bench.text('config.yaml')).toBe('new: 1\n');
  });

  it('keeps numbers as JSON has them, and those that only Python has', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0], capacity: 1 });
    bench.transport = async (request) => {
      const { status, text } = await bench.controller.transport(request);
      return { status, text: text.replace(/"score":[\d.]+/, '"score":[NaN,-Infinity,0.75,1,true,"5",1e-7]') };
    };
    await bench.play();
    expect(bench.text('a/t/runs.jsonl')).toContain('{"score": [NaN, -Infinity, 0.75, 1, true, "5", 1e-7]}');
    expect(bench.text('a/t/overall.json').replace(/\s+/g, ' ')).toContain(
      '"score": [ NaN, -Infinity, 0.75, 1, true, "5", 1e-7 ]',
    );
    const scored = bench.controller.calls.find((call) => call.path === '/calculate_overall')?.body['results'];
    expect(scored).toMatchObject([{ result: { score: [NaN, -Infinity, 0.75, 1, true, '5', 1e-7] } }]);
    expect((await bench.play()).pairs[0]?.completed).toBe(1);
  });

  it('plays each sample once although a worker lists it twice, and none that has no name', async () => {
    using bench = new EvaluationBench();
    bench.controller.tasks.set('t', { indices: [0, '0', 0, null, 1.5] as number[], capacity: 1 });
    const summary = await bench.play();
    expect(bench.started).toEqual(['a/t/0', 'a/t/0']);
    expect(bench.lines('a/t/runs.jsonl').map((line) => line['index'])).toEqual([0, '0']);
    expect(summary.pairs[0]).toMatchObject({ total: 2, completed: 2 });
    expect(bench.notices).toEqual([
      'Task t: 2 indices are neither integer nor string and are left out: null,1.5',
      'Task t: 1 indices are listed more than once; each sample is played once',
    ]);
    expect(bench.has('a/t/overall.json')).toBe(true);
  });

  it('is complete also when a progress listener throws', async () => {
    using bench = new EvaluationBench();
    const fail = () => {
      throw new Error('the terminal is gone');
    };
    bench.observer = { planKnown: fail, sampleStart: fail, sampleEnd: fail };
    expect((await bench.play()).pairs[0]?.completed).toBe(4);
  });

  it('tells the listener of the plan first, with what was done before', async () => {
    using bench = new EvaluationBench();
    writePair(bench, 'runs.jsonl', runLine(2));
    const events: unknown[] = [];
    bench.observer = {
      planKnown: (pairs) => void events.push(pairs),
      sampleStart: ({ index }) => void events.push(index),
    };
    await bench.play();
    expect(events).toEqual([[{ agent: 'a', task: 't', total: 4, completed: 1 }], 0, 1, 3]);
  });

  it('refuses before anything starts what cannot be written', async () => {
    using bench = new EvaluationBench();
    const file = join(bench.root, 'file');
    writeFileSync(file, '');
    await expect(bench.play({ folder: join(file, 'out') })).rejects.toMatchObject({
      code: 'file-unwritable',
    });
    expect(bench.controller.calls).toEqual([]);
  });

  it.each([
    [
      { pairs: [{ agent: '..', task: 't' }], agentConcurrency: { '..': 1 } },
      /".." cannot be the name of a folder/,
    ],
    [{ pairs: [{ agent: 'a', task: 'x/../../y' }] }, /cannot be the name of a folder/],
    [{ agentConcurrency: { a: 0 } }, /concurrency.agent.a is 0/],
    [{ taskConcurrency: { t: -1 } }, /concurrency.task.t is -1/],
    [{ pairs: [{ agent: 'zz', task: 't' }], agentConcurrency: { zz: 1 } }, /no agent "zz"/],
  ])('refuses the plan %j', async (changes, message) => {
    using bench = new EvaluationBench();
    await expect(bench.play(changes)).rejects.toThrow(message);
    expect(bench.has('config.yaml')).toBe(false);
  });

  it('is refused to a second assigner while the first one runs', async () => {
    using bench = new EvaluationBench();
    let finishStart: (nothing: undefined) => void = () => undefined;
    const starting = new Promise<undefined>((resolve) => (finishStart = resolve));
    bench.controller.answer = ({ path }) => (path === '/start_sample' ? starting : undefined);
    const first = bench.start();
    await bench.idle();
    await expect(bench.start()).rejects.toMatchObject({
      code: 'folder-locked',
      message: expect.stringContaining(`process ${process.pid} on`) as unknown,
    });
    finishStart(undefined);
    expect((await bench.finish(first)).pairs[0]?.completed).toBe(4);
  });
});

describe('going on where it stopped', () => {
  it('skips a pair whole that is complete', async () => {
    using bench = new EvaluationBench();
    await bench.play();
    const before = bench.controller.calls.length;
    const summary = await bench.play();
    expect(bench.controller.calls).toHaveLength(before);
    expect(summary.pairs[0]).toMatchObject({
      total: 4,
      completed: 4,
      statuses: { completed: 4 },
      mainScore: { value: 0.5 },
    });
  });

  it('plays only what is missing, and scores all of it', async () => {
    using bench = new EvaluationBench();
    writePair(bench, 'runs.jsonl', runLine(2) + runLine(0));
    await bench.play();
    expect(bench.started).toEqual(['a/t/1', 'a/t/3']);
    const scored = bench.controller.calls.find((call) => call.path === '/calculate_overall')?.body['results'];
    expect((scored as { index: number }[]).map((output) => output.index)).toEqual([2, 0, 1, 3]);
  });

  it('makes the overall result at once when only that is missing', async () => {
    using bench = new EvaluationBench();
    writePair(bench, 'runs.jsonl', [0, 1, 2, 3].map((index) => runLine(index)).join(''));
    await bench.play();
    expect(bench.started).toEqual([]);
    expect(bench.controller.count('/list_workers')).toBe(0);
    expect(bench.has('a/t/overall.json')).toBe(true);
  });

  it('neither joins a torn last line with the next record nor loses one', async () => {
    using bench = new EvaluationBench();
    writePair(bench, 'runs.jsonl', runLine(0) + runLine(1).slice(0, 40));
    writePair(bench, 'error.jsonl', '{"index": 3, "err');
    await bench.play();
    expect(bench.lines('a/t/runs.jsonl').map((line) => line['index'])).toEqual([0, 1, 2, 3]);
    expect(bench.text('a/t/error.jsonl')).toBe('');
    expect(bench.notices.join('\n')).toMatch(
      /runs\.jsonl: the last line was torn[^]*error\.jsonl: the last line was torn/,
    );
  });

  it('takes a whole record that only lacks its newline', async () => {
    using bench = new EvaluationBench();
    writePair(bench, 'runs.jsonl', runLine(0) + runLine(1).trimEnd());
    await bench.play();
    expect(bench.started).toEqual(['a/t/2', 'a/t/3']);
    expect(bench.lines('a/t/runs.jsonl')).toHaveLength(4);
  });

  it('names lines that it cannot count, and leaves them where they are', async () => {
    using bench = new EvaluationBench();
    const odd = [runLine(0), 'nonsense\n', runLine(99), runLine(0, 0.25), runLine('1')].join('');
    writePair(bench, 'runs.jsonl', odd);
    const summary = await bench.play();
    expect(bench.notices.map((notice) => notice.replace(/^.*runs\.jsonl:/, ''))).toEqual([
      '2: not a finished run; it is left as it is and not counted',
      '3: the task has no sample 99; not counted',
      '4: sample 0 is there already; the first run counts',
      '5: the task has no sample "1"; not counted',
    ]);
    expect(bench.text('a/t/runs.jsonl').startsWith(odd)).toBe(true);
    const scored = bench.controller.calls.find((call) => call.path === '/calculate_overall')?.body['results'];
    expect(scored).toHaveLength(4);
    expect((scored as { result: unknown }[])[0]?.result).toEqual({ score: 1 });
    expect(summary.pairs[0]).toMatchObject({ total: 4, completed: 4 });
  });

  it('makes an overall result anew that cannot be read', async () => {
    using bench = new EvaluationBench();
    await bench.play();
    writePair(bench, 'overall.json', '{"total": 4, "val');
    const summary = await bench.play();
    expect(summary.pairs[0]).toMatchObject({ completed: 4, mainScore: { value: 0.5 } });
    expect(JSON.parse(bench.text('a/t/overall.json'))).toMatchObject({ total: 4 });
  });

  it('ends the sessions that a killed evaluation left, and none of anybody else', async () => {
    using bench = new EvaluationBench();
    const { controller } = bench;
    controller.tasks.set('t', { indices: [0, 1], capacity: 2 });
    const own = [controller.openSession('t', 0), controller.openSession('t', 1)];
    const entry = (id: number, index: number) =>
      JSON.stringify({
        event: 'start',
        id,
        controller: controller.address,
        agent: 'a',
        task: 't',
        name: 't',
        index,
      }) + '\n';
    mkdirSync(bench.folder, { recursive: true });
    writeFileSync(
      join(bench.folder, '.sessions.jsonl'),
      entry(own[0] as number, 0) + entry(own[1] as number, 1),
    );
    // The controller counted from the start again and gave this id to somebody else.
    const foreign = controller.openSession('u', 5);
    appendFileSync(join(bench.folder, '.sessions.jsonl'), entry(foreign, 0) + '{"event":"start","id":');
    const summary = await bench.play();
    expect(summary.pairs[0]?.completed).toBe(2);
    expect(bench.waits).toEqual([]);
    expect([...controller.sessions.keys()]).toEqual([foreign]);
    expect(bench.has('.sessions.jsonl')).toBe(false);
  });
});

describe('calculate_overall', () => {
  it('is not passed over in silence when it fails', async () => {
    using bench = new EvaluationBench();
    bench.controller.answer = ({ path }) =>
      path === '/calculate_overall'
        ? new WireError(500, 'Error: Worker returned error\nInternal Server Error')
        : undefined;
    const summary = await bench.play();
    expect(bench.has('a/t/overall.json')).toBe(false);
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([
      {
        index: null,
        error: 'OVERALL_FAILED',
        info: expect.stringContaining('Internal Server Error') as unknown,
        output: null,
      },
    ]);
    expect(summary.pairs[0]).toMatchObject({ completed: 4, overallFailure: expect.anything() as unknown });
    expect(chooseExitCode(summary)).toBe(1);
  });

  it.each(['No workers available', 'Task does not exist', 'Worker not responding\nconnect ECONNREFUSED'])(
    'waits for a worker: %s',
    async (detail) => {
      using bench = new EvaluationBench();
      let calls = 0;
      bench.controller.answer = ({ path }) =>
        path === '/calculate_overall' && ++calls <= 5 ? new WireError(400, `Error: ${detail}`) : undefined;
      const summary = await bench.play();
      expect(chooseExitCode(summary)).toBe(0);
      expect(bench.has('a/t/overall.json')).toBe(true);
      expect(bench.has('a/t/error.jsonl')).toBe(false);
    },
  );

  it('waits for no worker without end', async () => {
    using bench = new EvaluationBench();
    bench.controller.answer = ({ path }) =>
      path === '/calculate_overall' ? new WireError(400, 'Error: No workers available') : undefined;
    const summary = await bench.play();
    expect(chooseExitCode(summary)).toBe(1);
    expect(bench.lines('a/t/error.jsonl')).toMatchObject([{ error: 'OVERALL_FAILED' }]);
  });

  it('waits for a controller that is away', async () => {
    using bench = new EvaluationBench();
    let calls = 0;
    bench.observer = {
      sampleEnd: () => {
        if (++calls === 4) bench.controller.isDown = true;
      },
      waiting: () => void bench.clock.after(10_000, () => (bench.controller.isDown = false)),
    };
    const summary = await bench.play();
    expect(chooseExitCode(summary)).toBe(0);
    expect(bench.has('a/t/overall.json')).toBe(true);
  });
});
