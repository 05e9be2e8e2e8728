import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent } from '../agents/index.ts';
import { WireError } from '../protocol/index.ts';
import { describe, expect, it } from 'vitest';
import { EvaluationBench } from '../testing/evaluation-bench.ts';
import type { FakeController } from '../testing/fake-controller.ts';
import { FakeEvents } from '../testing/fake-events.ts';
import { killAtRequest, type KilledEvaluation } from '../testing/killed-evaluation.ts';

const indices = Array.from({ length: 12 }, (_, index) => index);

/** The same command after the kill. Its agent notes what it is asked as `index:turn`. */
function makeSecond(controller: FakeController): {
  readonly again: EvaluationBench;
  readonly asked: string[];
} {
  const again = new EvaluationBench();
  again.transport = controller.transport;
  const asked: string[] = [];
  again.agents['a'] = {
    act: (history, { index }) => {
      const turn = 1 + history.filter((message) => message.role === 'assistant').length;
      asked.push(`${index}:${turn}`);
      return Promise.resolve({ status: 'normal', content: 'ok' });
    },
  };
  return { again, asked };
}

function readRuns({ folder }: KilledEvaluation): readonly Record<string, unknown>[] {
  const lines = readFileSync(join(folder, 'a/t/runs.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Kills at a request, plays the rest, and checks what must hold at any of them. */
async function killAndPlayOn(request: number, capacity: number) {
  using killed = new EvaluationBench();
  const { controller } = killed;
  controller.tasks.set('t', { indices, capacity });
  const left = await killAtRequest(killed, request);
  const held = controller.sessions.size;
  const { again, asked } = makeSecond(controller);
  using bench = again;
  const startMs = bench.clock.now();
  const summary = await bench.play({ folder: left.folder, controllerOf: () => controller.address });
  expect(summary.pairs[0]).toMatchObject({ total: 12, completed: 12, failed: 0, notPlayed: 0 });
  const runs = readRuns(left);
  expect(runs.map((run) => run['index'] as number).toSorted((one, other) => one - other)).toEqual(indices);
  expect(new Set(runs.map((run) => run['attempt']))).toEqual(new Set([1]));
  // No turn of any sample was played twice: 12 sessions of two turns are all there ever were.
  expect(controller.playedTurns.toSorted()).toEqual([...new Set(controller.playedTurns)].toSorted());
  expect(controller.playedTurns).toHaveLength(24);
  // What the agent had answered it is not asked again.
  expect(asked.filter((turn) => left.answered.includes(turn))).toEqual([]);
  expect(new Set(asked).size).toBe(asked.length);
  // No slot was waited for, and none stays taken.
  expect(bench.clock.now()).toBe(startMs);
  expect(controller.sessions.size).toBe(0);
  return { held, left, notices: bench.notices };
}

describe('the same command after a kill', () => {
  it.each([4, 5, 6, 7, 8, 9, 10, 12, 15, 22, 30, 38])(
    'goes on in mid-sample, loses nothing and plays nothing twice: at request %i',
    async (request) => {
      await killAndPlayOn(request, 3);
    },
  );

  // After get_indices, list_workers and version.
  it.each([
    ['whose start was not answered', 4, 1],
    ['whose first turn it was playing', 5, 1],
    ['whose last turn was not answered', 6, 0],
  ])('takes up the session %s', async (_which, request, expected) => {
    const { held, notices } = await killAndPlayOn(request, 1);
    expect(held).toBe(expected);
    expect(notices).toEqual([
      'Going on with 1 sessions that an evaluation before this one left in mid-sample',
    ]);
  });

  it.each([
    ['whose start was not answered', 4],
    ['whose first turn it was playing', 5],
  ])(
    'ends a session of a controller without turns %s, and does not wait for its slot',
    async (_which, request) => {
      using killed = new EvaluationBench();
      const { controller } = killed;
      controller.knowsTurns = false;
      controller.tasks.set('t', { indices, capacity: 1 });
      const left = await killAtRequest(killed, request);
      expect(controller.sessions.size).toBe(1);
      const { again } = makeSecond(controller);
      using bench = again;
      const startMs = bench.clock.now();
      const summary = await bench.play({ folder: left.folder, controllerOf: () => controller.address });
      expect(summary.pairs[0]).toMatchObject({ completed: 12, failed: 0 });
      expect(bench.clock.now()).toBe(startMs);
      expect(controller.sessions.size).toBe(0);
      const repeated = controller.calls.filter(({ body }) => 'turn' in body || 'start_id' in body);
      expect(repeated).toEqual([]);
    },
  );

  it.each([
    ['has expired', (controller: FakeController) => controller.endSession(1, 'expired')],
    [
      'is at another turn',
      (controller: FakeController) => Object.assign(controller.sessions.get(1) as object, { played: 7 }),
    ],
    ['is lost with its worker', (controller: FakeController) => controller.loseWorkerOf(1)],
  ])('plays a sample anew whose session %s, as the same attempt', async (_how, happen) => {
    using killed = new EvaluationBench();
    const { controller } = killed;
    controller.tasks.set('t', { indices: [0], capacity: 1 });
    const left = await killAtRequest(killed, 5);
    happen(controller);
    const { again } = makeSecond(controller);
    using bench = again;
    const summary = await bench.play({ folder: left.folder, controllerOf: () => controller.address });
    expect(summary.pairs[0]).toMatchObject({ completed: 1, failed: 0 });
    expect(readRuns(left)).toMatchObject([{ index: 0, attempt: 1, session_id: 2 }]);
    expect(existsSync(join(left.folder, 'a/t/error.jsonl'))).toBe(false);
    expect(controller.sessions.size).toBe(0);
  });

  it('plays a sample anew whose session a late cancel of the killed evaluation ends', async () => {
    using killed = new EvaluationBench();
    const { controller } = killed;
    controller.tasks.set('t', { indices: [0], capacity: 1 });
    // get_indices, list_workers, version, start.
    const left = await killAtRequest(killed, 4);
    const { again } = makeSecond(controller);
    using bench = again;
    controller.answer = ({ path, body }) => {
      if (path !== '/interact' || body['session_id'] !== 1) return undefined;
      controller.endSession(1, 'cancelled');
      throw WireError.of('session-unknown');
    };
    const summary = await bench.play({ folder: left.folder, controllerOf: () => controller.address });
    expect(summary.pairs[0]).toMatchObject({ completed: 1, failed: 0 });
    expect(readRuns(left)).toMatchObject([{ index: 0, attempt: 1, session_id: 2 }]);
    expect(existsSync(join(left.folder, 'a/t/error.jsonl'))).toBe(false);
  });

  it('goes on as the attempt that it was', async () => {
    using killed = new EvaluationBench();
    const { controller } = killed;
    controller.tasks.set('t', { indices: [0], capacity: 1 });
    let isFirst = true;
    controller.answer = ({ path }) => {
      if (path !== '/interact' || !isFirst) return undefined;
      isFirst = false;
      controller.endSession(1, 'finished');
      return { session_id: 1, output: { index: 0, status: 'task error', result: 'odd', history: [] } };
    };
    // get_indices, list_workers, version, start, the turn that fails, start, a turn.
    const left = await killAtRequest(killed, 7, { autoRetry: true });
    const { again } = makeSecond(controller);
    using bench = again;
    const plan = { folder: left.folder, controllerOf: () => controller.address, autoRetry: true };
    await bench.play(plan);
    expect(readRuns(left)).toMatchObject([{ index: 0, attempt: 2, session_id: 2 }]);
    // How long it was played before the kill is not known.
    expect(readRuns(left)[0]).not.toHaveProperty('seconds');
  });

  it('ends what the plan does not want any more', async () => {
    using killed = new EvaluationBench();
    const { controller } = killed;
    controller.tasks.set('t', { indices, capacity: 3 });
    const left = await killAtRequest(killed, 7);
    expect(controller.sessions.size).toBe(3);
    // None of its slots is free before the sessions are ended.
    controller.tasks.set('t', { indices: [11], capacity: 3 });
    const { again } = makeSecond(controller);
    using bench = again;
    const startMs = bench.clock.now();
    await bench.play({ folder: left.folder, controllerOf: () => controller.address });
    expect(bench.clock.now()).toBe(startMs);
    expect(readRuns(left)).toMatchObject([{ index: 11 }]);
    expect(controller.sessions.size).toBe(0);
    expect([...controller.ended.values()].filter(({ reason }) => reason === 'cancelled')).toHaveLength(3);
    const { again: third } = makeSecond(controller);
    using other = third;
    other.agents['b'] = other.agents['a'] as never;
    const rest = { folder: left.folder, controllerOf: () => controller.address };
    await other.play({ ...rest, pairs: [{ agent: 'b', task: 't' }] });
    expect(other.notices).toEqual([]);
  });

  it('ends at Ctrl-C also what it had taken up, and leaves no journal', async () => {
    using killed = new EvaluationBench();
    const { controller } = killed;
    controller.tasks.set('t', { indices, capacity: 3 });
    const left = await killAtRequest(killed, 7);
    const { again } = makeSecond(controller);
    using bench = again;
    bench.agents['a'] = { act: () => new Promise(() => undefined) };
    // With one agent slot two of the three sessions are not even gone on with yet.
    const playing = bench.start({
      folder: left.folder,
      controllerOf: () => controller.address,
      agentConcurrency: { a: 1 },
    });
    await bench.idle();
    expect(controller.sessions.size).toBe(3);
    bench.stop.abort();
    expect((await bench.finish(playing)).interrupted).toBe(true);
    expect(controller.sessions.size).toBe(0);
    expect(() => readFileSync(join(left.folder, '.sessions.jsonl'))).toThrow('ENOENT');
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('ends at Ctrl-C what it left also before the samples are known', async () => {
    using killed = new EvaluationBench();
    const { controller } = killed;
    controller.tasks.set('t', { indices, capacity: 3 });
    const left = await killAtRequest(killed, 7);
    controller.tasks.clear();
    const { again } = makeSecond(controller);
    using bench = again;
    const playing = bench.start({ folder: left.folder, controllerOf: () => controller.address });
    await bench.idle();
    expect(controller.sessions.size).toBe(3);
    bench.stop.abort();
    expect((await bench.finish(playing)).interrupted).toBe(true);
    expect(controller.sessions.size).toBe(0);
  });

  it('does not take the slot of a session that is gone for free', async () => {
    using killed = new EvaluationBench();
    const { controller } = killed;
    const task = { indices: [0], capacity: 1, others: 0 };
    controller.tasks.set('t', task);
    const left = await killAtRequest(killed, 5);
    controller.endSession(1, 'expired');
    task.others = 1;
    const { again } = makeSecond(controller);
    using bench = again;
    bench.clock.after(3_000, () => (task.others = 0));
    await bench.play({ folder: left.folder, controllerOf: () => controller.address });
    expect(readRuns(left)).toMatchObject([{ index: 0, session_id: 2 }]);
    expect(controller.count('/start_sample')).toBe(2);
  });

  it('waits for a controller that is away, and goes on then', async () => {
    using killed = new EvaluationBench();
    const { controller } = killed;
    controller.tasks.set('t', { indices: [0], capacity: 1 });
    const left = await killAtRequest(killed, 5);
    controller.isDown = true;
    const { again, asked } = makeSecond(controller);
    using bench = again;
    bench.clock.after(60_000, () => (controller.isDown = false));
    await bench.play({ folder: left.folder, controllerOf: () => controller.address });
    expect(readRuns(left)).toMatchObject([{ index: 0, session_id: 1 }]);
    expect(asked).toEqual(['0:2']);
  });
});

it('what a sample had used of its limits before the kill counts after it', async () => {
  using killed = new EvaluationBench();
  const { controller } = killed;
  controller.turns = 5;
  controller.tasks.set('t', { indices: [0], capacity: 1 });
  const usage = { inputTokens: 8, outputTokens: 2 };
  const changes = { limitsOf: () => ({ agentTokens: 15 }) };
  killed.agents['a'] = { act: () => Promise.resolve({ status: 'normal', content: 'ok', usage }) };
  // The first turn: after get_indices, list_workers, version and the start.
  const left = await killAtRequest(killed, 5, changes);
  const { again, asked } = makeSecond(controller);
  const plain = again.agents['a'] as Agent;
  again.agents['a'] = { act: async (...input) => ({ ...(await plain.act(...input)), usage }) };
  using bench = again;
  await bench.play({ folder: left.folder, controllerOf: () => controller.address, ...changes });
  expect(asked).toEqual(['0:2']);
  expect(readRuns(left)).toMatchObject([
    { cause: 'limit', limit: { name: 'agentTokens', limit: 15, reached: 20 } },
  ]);
});

it('goes on where its sessions are gone and the controller tells of slots, of which none changes any more', async () => {
  using killed = new EvaluationBench();
  const { controller } = killed;
  controller.tasks.set('t', { indices: [0, 1, 2, 3], capacity: 2 });
  const left = await killAtRequest(killed, 6);
  for (const id of [...controller.sessions.keys()]) controller.endSession(id, 'worker lost');
  const { again } = makeSecond(controller);
  using bench = again;
  const events = new FakeEvents();
  controller.hasEvents = true;
  bench.follow = events.follow;
  events.tell('reset', { workers: [], slots: [{ task: 't', capacity: 2, used: 0 }], sessions: 0 });
  const summary = await bench.play({ folder: left.folder, controllerOf: () => controller.address });
  expect(summary.pairs[0]?.completed).toBe(4);
});
