import { describe, expect, it } from 'vitest';
import { createGate, FunctionTask } from '../testing/function-task.ts';
import { EvaluationBench } from '../testing/evaluation-bench.ts';
import { killAtRequest } from '../testing/killed-evaluation.ts';
import { TestSystem } from '../testing/test-system.ts';
import type { Message } from '../protocol/index.ts';

const question = 'x'.repeat(1_000);
const plan = (system: TestSystem) => ({ controllerOf: () => system.controllerAddress });

function askingTask(turns: number, text = question): FunctionTask {
  return new FunctionTask({
    indices: [0],
    play: async (_index, session) => {
      for (let turn = 1; turn <= turns; turn++)
        await session.action({ role: 'user', content: `${turn} ${text}` });
      return { status: 'completed', result: turns };
    },
  });
}

/** Has the agent note what it is shown. */
function watchAgent(bench: EvaluationBench): readonly (readonly Message[])[] {
  const shown: (readonly Message[])[] = [];
  bench.agents['a'] = {
    act: (history) => {
      shown.push(history);
      return Promise.resolve({ status: 'normal', content: 'ok' });
    },
  };
  return shown;
}

/** Texts that an agent is shown before its turn: question and answer by turns, and the turn's own question. */
function textsBefore(turn: number, text = question): readonly string[] {
  const played = Array.from({ length: turn - 1 }, (_, index) => [`${index + 1} ${text}`, 'ok']);
  return [...played.flat(), `${turn} ${text}`];
}

const textsOf = (history: readonly Message[] | undefined) => history?.map(({ content }) => content);

/** Plays one sample, and counts the bytes of each reply to a turn: on the way to the controller, and from there to the evaluation. */
async function playSample(turns: number) {
  using bench = new EvaluationBench();
  await using system = new TestSystem({ clock: bench.clock });
  const sizes = { ofWorker: [] as number[], ofController: [] as number[] };
  system.network.interfere(async (request, pass) => {
    const reply = await pass(request);
    const isTurn = request.url.endsWith('/interact');
    const hop = request.url.startsWith(system.controllerAddress) ? sizes.ofController : sizes.ofWorker;
    if (isTurn) hop.push(Buffer.byteLength(reply.text));
    return reply;
  });
  bench.transport = system.network.transport;
  const shown = watchAgent(bench);
  await system.startWorker({ name: 't', task: askingTask(turns), concurrency: 1 });
  await bench.play(plan(system));
  const [run] = bench.lines('a/t/runs.jsonl');
  return { sizes, shown, run: run as { readonly output: { readonly history: Message[] } } };
}

const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);

describe('a session of many turns', () => {
  it('costs one request a turn on each way, and bytes that grow with the turns, not with their square', async () => {
    const short = await playSample(20);
    const long = await playSample(40);
    for (const hop of ['ofWorker', 'ofController'] as const) {
      const sizes = long.sizes[hop];
      // 40 turns are 40 requests, of which 39 bring one question and one answer each, and the last the whole.
      expect(sizes).toHaveLength(40);
      const running = sizes.slice(0, -1);
      expect(Math.max(...running)).toBeLessThan(question.length + 250);
      const last = sizes.at(-1) ?? 0;
      expect(last).toBeGreaterThan(40 * question.length);
      // Two sessions of 20 turns cost about 78 questions, one of 40 about 79. Whole histories would be 458 against 859.
      expect(sum(sizes)).toBeLessThan(2 * sum(short.sizes[hop]) + last);
      expect(sum(sizes)).toBeLessThan(1.1 * 2 * sum(short.sizes[hop]));
      expect(sum(sizes)).toBeLessThan(100 * question.length);
    }
  });

  it('shows its agent the whole history each turn, and is recorded whole', async () => {
    const { shown, run } = await playSample(40);
    expect(shown.map(textsOf)).toEqual(Array.from({ length: 40 }, (_, index) => textsBefore(index + 1)));
    // Each list is the agent's own: what came later is not in it.
    expect(shown[0]).toHaveLength(1);
    expect(textsOf(run.output.history)).toEqual([...textsBefore(40), 'ok']);
  });

  it('is recorded whole as well when it ends at a limit of the evaluation', async () => {
    using bench = new EvaluationBench();
    await using system = new TestSystem({ clock: bench.clock });
    bench.transport = system.network.transport;
    await system.startWorker({ name: 't', task: askingTask(9), concurrency: 1 });
    await bench.play({ ...plan(system), limitsOf: () => ({ turns: 5 }) });
    const [run] = bench.lines('a/t/runs.jsonl') as { output: { status: string; history: Message[] } }[];
    expect(run?.output.status).toBe('task limit reached');
    expect(textsOf(run?.output.history)).toEqual(textsBefore(6));
    expect(system.network.requests.filter(({ body }) => String(body).includes('"since"'))).not.toEqual([]);
  });
});

describe('an evaluation that goes on after a kill', () => {
  // After get_indices, list_workers, version and the start; each before or while the turn is played.
  it.each([6, 7, 8])('shows its agent the whole history at once: at request %i', async (request) => {
    using killed = new EvaluationBench();
    await using system = new TestSystem({ clock: killed.clock });
    killed.transport = system.network.transport;
    await system.startWorker({ name: 't', task: askingTask(8), concurrency: 1 });
    const before = watchAgent(killed);
    const { folder, answered } = await killAtRequest(killed, request, plan(system));
    expect(before.length).toBeGreaterThan(1);
    using again = new EvaluationBench({ clock: killed.clock });
    again.transport = system.network.transport;
    const shown = watchAgent(again);
    await again.play({ ...plan(system), folder });
    expect(textsOf(shown[0])).toEqual(textsBefore(answered.length + 1));
    expect(textsOf(shown.at(-1))).toEqual(textsBefore(8));
  });

  it('gets the whole also while the turn of the one before it is still played, which knew much of it', async () => {
    using killed = new EvaluationBench();
    await using system = new TestSystem({ clock: killed.clock });
    killed.transport = system.network.transport;
    const gate = createGate();
    const reached = createGate();
    const task = new FunctionTask({
      indices: [0],
      play: async (_index, session) => {
        for (let turn = 1; turn <= 3; turn++) {
          await session.action({ role: 'user', content: `${turn} ?` });
          if (turn !== 2) continue;
          reached.open();
          await gate.passed;
        }
        return { status: 'completed', result: null };
      },
    });
    await system.startWorker({ name: 't', task, concurrency: 1 });
    // The second turn is sent and never answered to it.
    const { transport } = killed;
    killed.transport = (request) => {
      const isSecond = request.url.endsWith('/interact') && String(request.body).includes('"turn": 2');
      if (!isSecond) return transport(request);
      void transport(request);
      return reached.passed.then(() => ({ status: 200, text: '{}' }));
    };
    const { folder } = await killAtRequest(killed, 6, plan(system));
    using again = new EvaluationBench({ clock: killed.clock });
    again.transport = system.network.transport;
    const shown = watchAgent(again);
    const playing = again.start({ ...plan(system), folder });
    await again.idle();
    expect(shown).toEqual([]);
    gate.open();
    await again.finish(playing);
    expect(textsOf(shown[0])).toEqual(textsBefore(3, '?'));
  });
});

describe('a controller that knows turns, but not what is known of a history', () => {
  it('is taken at its word: its histories are whole', async () => {
    using bench = new EvaluationBench();
    bench.controller.turns = 3;
    bench.controller.tasks.set('t', { indices: [0], capacity: 1 });
    const shown = watchAgent(bench);
    await bench.play();
    expect(shown.map((history) => history.length)).toEqual([1, 3, 5]);
    const [run] = bench.lines('a/t/runs.jsonl') as { output: { history: unknown[] } }[];
    expect(run?.output.history).toHaveLength(6);
  });

  it('is not told of any where it knows no turns either', async () => {
    using bench = new EvaluationBench();
    bench.controller.knowsTurns = false;
    await bench.play();
    const turns = bench.controller.calls.filter(({ path }) => path === '/interact');
    expect(turns).toHaveLength(8);
    expect(turns.filter(({ body }) => 'since' in body)).toEqual([]);
  });
});

describe('a reply that leaves out other messages than were said to be known', () => {
  it.each([0, 2, 77])(
    'is no reply, and the controller has the blame: since %i in the place of 1',
    async (since) => {
      using bench = new EvaluationBench();
      bench.controller.turns = 3;
      bench.controller.tasks.set('t', { indices: [0], capacity: 1 });
      const { transport } = bench.controller;
      bench.transport = async (request) => {
        const reply = await transport(request);
        if (!request.url.endsWith('/interact')) return reply;
        return { ...reply, text: JSON.stringify({ ...(JSON.parse(reply.text) as object), since }) };
      };
      const summary = await bench.play();
      expect(summary.pairs[0]).toMatchObject({ completed: 0, failed: 1 });
      const [failure] = bench.lines('a/t/error.jsonl');
      expect(failure).toMatchObject({ error: 'INTERACT_FAILED', cause: 'controller' });
      expect(JSON.stringify(failure)).toContain(`leaves out ${since} messages, of which 1 are known`);
    },
  );
});
