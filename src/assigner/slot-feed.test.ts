import { describe, expect, it } from 'vitest';
import { sleep } from '../base/index.ts';
import { WireError } from '../protocol/index.ts';
import { EvaluationBench } from '../testing/evaluation-bench.ts';
import { FakeEvents } from '../testing/fake-events.ts';

const full = { workers: [], slots: [{ task: 't', capacity: 1, used: 1 }], sessions: 1 };
const free = { task: 't', capacity: 1, used: 0 };

/** One slot, which somebody else holds. */
function benchWithEvents() {
  const bench = new EvaluationBench();
  const events = new FakeEvents();
  bench.controller.hasEvents = true;
  bench.controller.tasks.set('t', { indices: [0], capacity: 1, others: 1 });
  bench.follow = events.follow;
  events.tell('reset', full);
  const giveSlot = () => bench.controller.tasks.set('t', { indices: [0], capacity: 1 });
  return { bench, events, giveSlot };
}

describe('slots that a controller tells of', () => {
  it('are taken at once, and never looked up while it is heard', async () => {
    const { bench, events, giveSlot } = benchWithEvents();
    using _ = bench;
    const startMs = bench.clock.now();
    bench.clock.after(30_400, () => {
      giveSlot();
      events.tell('slots', free);
    });
    const summary = await bench.finish(bench.start(), 100);
    expect(summary.pairs[0]?.completed).toBe(1);
    expect(bench.controller.count('/list_workers')).toBe(1);
    expect(bench.clock.now() - startMs).toBe(30_400);
    expect(events.requests.map(({ url }) => url)).toEqual(['http://controller/api/events?kinds=slots']);
    expect(events.followers).toBe(0);
  });

  it.each([
    ['the stream is broken', (events: FakeEvents) => events.break()],
    ['an event cannot be read', (events: FakeEvents) => events.tell('slots', { ...free, capacity: 1.5 })],
  ])('are looked up while %s, and no longer when it is back', async (_, breakOff) => {
    const { bench, events, giveSlot } = benchWithEvents();
    using __ = bench;
    bench.clock.after(10_000, () => breakOff(events));
    // Whoever follows is told first how things stand.
    bench.clock.after(20_000, () => events.tell('reset', full));
    let lookedUp = 0;
    bench.clock.after(22_000, () => (lookedUp = bench.controller.count('/list_workers')));
    bench.clock.after(60_000, () => {
      giveSlot();
      events.tell('slots', free);
    });
    const summary = await bench.finish(bench.start(), 100);
    expect(summary.pairs[0]?.completed).toBe(1);
    expect(events.requests).toHaveLength(2);
    expect(lookedUp).toBeGreaterThan(5);
    expect(bench.controller.count('/list_workers')).toBe(lookedUp);
    expect(bench.controller.count('/start_sample')).toBe(1);
  });

  it('of a task that is missing where everything is told anew are looked up', async () => {
    const { bench, events } = benchWithEvents();
    using _ = bench;
    bench.clock.after(2_000, () => {
      bench.controller.tasks.set('t', { indices: [0], capacity: 1, isAlive: false });
      events.tell('reset', { workers: [], slots: [], sessions: 0 });
    });
    await bench.play();
    expect(bench.notices).toContain('1 samples of t are not played: no worker came in 600 s');
  });

  it('count more than a reply that was asked for before they were told', async () => {
    const { bench, events } = benchWithEvents();
    using _ = bench;
    const { controller, transport } = bench;
    controller.tasks.set('t', { indices: [0, 1], capacity: 1 });
    controller.tasks.set('u', { indices: [0, 1], capacity: 1, isAlive: false });
    bench.transport = async (request) => {
      const reply = await transport(request);
      // The first reply says that u has no worker; one comes while it is on its way, and there is nothing more to tell after that.
      if (request.url.endsWith('/list_workers') && controller.count('/list_workers') === 1) {
        controller.tasks.set('u', { indices: [0, 1], capacity: 1 });
        events.tell('reset', { ...full, slots: [free, { ...free, task: 'u' }] });
        await new Promise<void>((resolve) => bench.clock.after(2_000, resolve));
      }
      return reply;
    };
    // Busy with t when the reply comes at last.
    bench.agents['a'] = {
      act: async () => {
        await sleep(bench.clock, 3_000);
        return { status: 'normal', content: 'x' };
      },
    };
    const pairs = [
      { agent: 'a', task: 't' },
      { agent: 'a', task: 'u' },
    ];
    const summary = await bench.finish(bench.start({ pairs, agentConcurrency: { a: 1 } }), 100);
    expect(summary.pairs.map(({ completed }) => completed)).toEqual([2, 2]);
  });

  it('are looked up where a start was refused all the same', async () => {
    const { bench, events, giveSlot } = benchWithEvents();
    using _ = bench;
    let refusals = 1;
    bench.controller.answer = ({ path }) =>
      path === '/start_sample' && refusals-- > 0 ? WireError.of('no-slot-free') : undefined;
    bench.clock.after(5_000, () => {
      giveSlot();
      events.tell('slots', free);
    });
    const summary = await bench.play();
    expect(summary.pairs[0]?.completed).toBe(1);
    expect(bench.controller.count('/start_sample')).toBe(2);
    expect(bench.controller.count('/list_workers')).toBeGreaterThan(1);
  });

  it('are looked up once a second where the controller does not tell', async () => {
    const { bench, events, giveSlot } = benchWithEvents();
    using _ = bench;
    bench.controller.hasEvents = false;
    bench.clock.after(5_100, giveSlot);
    await bench.play();
    expect(events.requests).toEqual([]);
    expect(bench.controller.count('/list_workers')).toBe(7);
  });

  it('of a task whose last worker has left are looked up, so that its absence is noticed', async () => {
    const { bench, events } = benchWithEvents();
    using _ = bench;
    bench.clock.after(2_000, () => {
      bench.controller.tasks.set('t', { indices: [0], capacity: 1, isAlive: false });
      events.tell('slots', { task: 't', capacity: 0, used: 0 });
    });
    const summary = await bench.play();
    expect(summary.pairs[0]?.completed).toBe(0);
    expect(bench.notices).toContain('1 samples of t are not played: no worker came in 600 s');
  });
});
