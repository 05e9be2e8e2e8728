import { describe, expect, it } from 'vitest';
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

  it('are looked up while the stream is broken, and told again when it is back, from where it broke', async () => {
    const { bench, events, giveSlot } = benchWithEvents();
    using _ = bench;
    bench.clock.after(10_000, () => events.break());
    bench.clock.after(60_000, () => {
      giveSlot();
      events.tell('slots', free);
    });
    await bench.finish(bench.start(), 100);
    expect(events.requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, 'fake.1']);
    expect(bench.controller.count('/list_workers')).toBeGreaterThan(1);
    expect(bench.controller.count('/start_sample')).toBe(1);
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
