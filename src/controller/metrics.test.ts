import { describe, expect, it } from 'vitest';
import { controllerRoutes, type AgentOutput } from '../protocol/index.ts';
import { sleep } from '../base/index.ts';
import { FunctionTask } from '../testing/function-task.ts';
import { TestSystem } from '../testing/test-system.ts';

const answer: AgentOutput = { status: 'normal', content: 'x' };

/** The lines that begin so, without their values' comments. */
async function read(system: TestSystem, name: string): Promise<readonly string[]> {
  const page = await system.pages['/metrics']?.();
  expect(page?.contentType).toContain('text/plain; version=0.0.4');
  return (page?.text ?? '').split('\n').filter((line) => line.startsWith(name));
}

async function play(system: TestSystem, name = 'task') {
  const start = () => system.ask(controllerRoutes.startSample, { body: { name, index: 0 } });
  const { session_id } = await start();
  const interact = () =>
    system.ask(controllerRoutes.interact, { body: { session_id, agent_response: answer } });
  return { session_id, interact };
}

describe('the metrics of a controller', () => {
  it('tell how things stand, by task', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: new FunctionTask(), concurrency: 2 });
    const { origin } = await system.startWorker({ name: 'other', task: new FunctionTask(), concurrency: 3 });
    for (const _ of [1, 2]) await play(system);
    const wait = { name: 'task', index: 0, wait: 1_000 };
    const waiting = system.ask(controllerRoutes.startSample, { body: wait });
    waiting.catch(() => undefined);
    await system.clock.advance(0);
    const told = async () => [
      ...(await read(system, 'proctor_slots')),
      ...(await read(system, 'proctor_sessions')),
      ...(await read(system, 'proctor_waiting_starts')),
      ...(await read(system, 'proctor_workers')),
    ];
    expect(await told()).toEqual([
      'proctor_slots{task="task"} 2',
      'proctor_slots{task="other"} 3',
      'proctor_slots_used{task="task"} 2',
      'proctor_slots_used{task="other"} 0',
      'proctor_sessions{task="task"} 2',
      'proctor_sessions{task="other"} 0',
      'proctor_waiting_starts{task="task"} 1',
      'proctor_waiting_starts{task="other"} 0',
      'proctor_workers{task="task"} 1',
      'proctor_workers{task="other"} 1',
    ]);
    await system.stopWorker(origin);
    expect((await told()).filter((line) => line.includes('other'))).toEqual([]);
  });

  it('count starts by what came of them, and ends by their reason', async () => {
    await using system = new TestSystem();
    await system.startWorker({ name: 'task', task: new FunctionTask(), concurrency: 1 });
    const first = await play(system);
    await expect(play(system)).rejects.toThrow('No workers available');
    await first.interact();
    const second = await play(system);
    await system.ask(controllerRoutes.cancel, { body: { session_id: second.session_id } });
    expect(await read(system, 'proctor_starts_total')).toEqual([
      'proctor_starts_total{task="task",result="started"} 2',
      'proctor_starts_total{task="task",result="refused"} 1',
    ]);
    expect(await read(system, 'proctor_session_ends_total')).toEqual([
      'proctor_session_ends_total{task="task",reason="finished"} 1',
      'proctor_session_ends_total{task="task",reason="cancelled"} 1',
    ]);
  });

  it('tell how long turns took, and how many there were', async () => {
    await using system = new TestSystem();
    const task = new FunctionTask({
      play: async (_index, session) => {
        await session.action({ role: 'user', content: 'one' });
        await sleep(system.clock, 2_000);
        await session.action({ role: 'user', content: 'two' });
        return { status: 'completed', result: null };
      },
    });
    await system.startWorker({ name: 'task', task, concurrency: 1 });
    const { interact } = await play(system);
    const slow = interact();
    await system.clock.advance(2_000);
    await slow;
    await interact();
    const lines = await read(system, 'proctor_turn_seconds');
    expect(lines).toContain('proctor_turn_seconds_count{task="task"} 2');
    expect(lines).toContain('proctor_turn_seconds_sum{task="task"} 2');
    expect(lines).toContain('proctor_turn_seconds_bucket{le="1",task="task"} 1');
  });

  it('keep no names that clients make up, and are each controller its own', async () => {
    await using system = new TestSystem();
    await expect(play(system, 'made-up')).rejects.toThrow('Task does not exist');
    await using other = new TestSystem();
    await other.startWorker({ name: 'task', task: new FunctionTask(), concurrency: 1 });
    await play(other);
    expect(await read(system, 'proctor_starts_total')).toEqual([]);
    expect(await read(other, 'proctor_starts_total')).toHaveLength(1);
    expect(await read(system, 'proctor_event_loop_lag_seconds')).toHaveLength(3);
  });
});
