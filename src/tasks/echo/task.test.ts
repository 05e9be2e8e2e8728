import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger, type Json } from '../../base/index.ts';
import type { AgentOutput } from '../../sdk/index.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { playSample } from '../../testing/play-sample.ts';
import { EchoTask } from './index.ts';

function createEcho(parameters: object = {}, folder = '/') {
  const clock = new FakeClock();
  const task = new EchoTask(EchoTask.parameters.parse(parameters), {
    name: 'echo',
    folder,
    log: silentLogger,
    clock,
  });
  return { task, clock };
}

describe('EchoTask', () => {
  it('lists as many samples as it was told', () => {
    expect(createEcho({ samples: 3 }).task.getIndices()).toEqual([0, 1, 2]);
    expect(createEcho({ samples: 0 }).task.getIndices()).toEqual([]);
  });

  it('asks one line a turn and keeps the last answer', async () => {
    const { outcome, history } = await playSample(createEcho({ turns: 2 }).task, 0, { agent: ['a', 'b'] });
    expect(outcome).toEqual({ status: 'completed', result: { echo: 'b', score: 1 } });
    expect(history).toEqual([
      { role: 'user', content: 'round 1 of 2' },
      { role: 'assistant', content: 'a' },
      { role: 'user', content: 'round 2 of 2' },
      { role: 'assistant', content: 'b' },
    ]);
  });

  it('waits before each turn by its clock', async () => {
    const { task, clock } = createEcho({ turns: 2, delayMs: 50 });
    const asked: number[] = [];
    const startMs = clock.now();
    const played = playSample(task, 0, {
      agent: () => {
        asked.push(clock.now() - startMs);
        return 'x';
      },
    });
    await clock.advance(49);
    expect(asked).toEqual([]);
    await clock.advance(60);
    expect(asked).toEqual([50, 100]);
    expect((await played).outcome.status).toBe('completed');
    expect(clock.pendingTimers).toBe(0);
  });

  it('stops waiting when it is cancelled', async () => {
    const { task, clock } = createEcho({ delayMs: 1000 });
    const controller = new AbortController();
    const played = playSample(task, 0, { agent: ['x'], signal: controller.signal });
    await clock.advance(10);
    controller.abort(new Error('cancelled'));
    expect((await played).outcome).toEqual({ status: 'unknown', result: null });
    expect(clock.pendingTimers).toBe(0);
  });

  it.each<[AgentOutput['status'], object]>([
    ['agent context limit', { status: 'agent context limit', result: { echo: 'a', score: 0 } }],
    ['cancelled', { status: 'unknown', result: null }],
  ])('ends when the agent answers %s', async (status, outcome) => {
    const played = await playSample(createEcho({ turns: 3 }).task, 0, {
      agent: (_history, turn) => (turn === 0 ? 'a' : { status, content: null }),
    });
    expect(played.outcome).toEqual(outcome);
  });

  it('notes each answer in its journal before it goes on, and none of a cancelled sample', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'proctor-echo-'));
    try {
      const { task, clock } = createEcho({ turns: 2, journal: 'steps.jsonl' }, folder);
      const readLines = async () =>
        (await readFile(path.join(folder, 'steps.jsonl'), 'utf8'))
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as object);
      const first = { session: 7, index: 3, turn: 1, pid: process.pid, timestamp: clock.now() };
      const controller = new AbortController();
      await playSample(task, 3, {
        id: 7,
        signal: controller.signal,
        agent: async (_history, turn) => {
          if (turn === 0) return 'a';
          expect(await readLines()).toEqual([first]);
          controller.abort(new Error('cancelled'));
          return 'b';
        },
      });
      expect(await readLines()).toEqual([first]);
      await playSample(task, 4, { id: 8, agent: ['a'] });
      expect(await readLines()).toMatchObject([first, { session: 8, turn: 1 }, { session: 8, turn: 2 }]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('scores the mean; what was not completed counts 0', () => {
    const { task } = createEcho();
    const output = (status: 'completed' | 'unknown', result: Json) => ({
      index: 0,
      status,
      result,
      history: null,
    });
    expect(task.calculateOverall([])).toEqual({ score: 0, n: 0 });
    expect(
      task.calculateOverall([output('completed', { echo: 'x', score: 1 }), output('unknown', null)]),
    ).toEqual({ score: 0.5, n: 2 });
  });

  it('has an oracle that says the line back', async () => {
    const { task } = createEcho({ turns: 2 });
    const { outcome } = await playSample(task, 0, { agent: (history) => task.oracle(0, history) });
    expect(outcome.result).toEqual({ echo: 'round 2 of 2', score: 1 });
  });

  it.each([{ samples: -1 }, { samples: 1.5 }, { turns: 0 }, { delayMs: -1 }, { journal: '' }])(
    'refuses %o',
    (parameters) => {
      expect(EchoTask.parameters.safeParse(parameters).success).toBe(false);
    },
  );
});
