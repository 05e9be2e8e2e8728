import { describe, expect, it } from 'vitest';
import { controllerRoutes, TransportError, workerRoutes, type AgentOutput } from '../protocol/index.ts';
import { TestSystem } from '../testing/test-system.ts';

const normal = (content: string): AgentOutput => ({ status: 'normal', content });

/** A worker of another program: no instance, no turns, no second reply. It plays `turns` turns. */
async function joinOther(system: TestSystem, turns: number) {
  const played = new Map<number, number>();
  const reply = (session_id: number, index: number | null, status: string) => ({
    session_id,
    output: { index, status, result: played.get(session_id) ?? 0, history: [] },
  });
  system.network.serve('http://other', workerRoutes, {
    getSessions: () => Object.fromEntries([...played.keys()].map((id) => [id, 0])),
    startSample: ({ body }: { body: { session_id: number } }) => {
      played.set(body.session_id, 0);
      return reply(body.session_id, null, turns === 0 ? 'completed' : 'running');
    },
    interact: ({ body }: { body: { session_id: number } }) => {
      const turn = (played.get(body.session_id) ?? 0) + 1;
      played.set(body.session_id, turn);
      const result = reply(body.session_id, 0, turn < turns ? 'running' : 'completed');
      if (turn >= turns) played.delete(body.session_id);
      return result;
    },
    cancel: ({ body }: { body: { session_id: number } }) => {
      played.delete(body.session_id);
      return { session_id: body.session_id };
    },
  } as never);
  const beat = () =>
    system.ask(controllerRoutes.receiveHeartbeat, {
      body: { name: 'task', address: 'http://other/api', concurrency: 2, indices: [0] },
    });
  await beat();
  return { played, beat };
}

const start = (system: TestSystem, start_id = 'a') =>
  system.ask(controllerRoutes.startSample, { body: { name: 'task', index: 0, start_id } });
const interact = (system: TestSystem, session_id: number, turn: number) =>
  system.ask(controllerRoutes.interact, { body: { session_id, agent_response: normal('x'), turn } });
const asked = (system: TestSystem) =>
  system.network.requests.filter(({ url }) => url === 'http://other/api/interact').length;

describe('for a worker of another program the controller', () => {
  it('repeats the last reply itself, while the session is open and after its end', async () => {
    await using system = new TestSystem();
    await joinOther(system, 2);
    const first = await start(system);
    expect(await start(system)).toEqual(first);
    const { session_id } = first;
    const one = await interact(system, session_id, 1);
    expect(await interact(system, session_id, 1)).toEqual(one);
    const last = await interact(system, session_id, 2);
    expect(last.output).toMatchObject({ status: 'completed', result: 2 });
    expect(await interact(system, session_id, 2)).toEqual(last);
    expect(asked(system)).toBe(2);
    await expect(interact(system, session_id, 3)).rejects.toMatchObject({ status: 400 });
  });

  it('repeats the reply to a start whose sample ended at once', async () => {
    await using system = new TestSystem();
    const { played } = await joinOther(system, 0);
    const first = await start(system);
    expect(first.output.status).toBe('completed');
    played.clear();
    expect(await start(system)).toEqual(first);
    expect(system.network.count('/start_sample')).toBe(3);
  });

  it('repeats the failure of a task', async () => {
    await using system = new TestSystem();
    await joinOther(system, 9);
    const { session_id } = await start(system);
    let failures = 0;
    system.network.interfere((request, pass) =>
      request.url === 'http://other/api/interact'
        ? Promise.resolve({ status: 501, text: `{"detail": "failure ${++failures}"}` })
        : pass(request),
    );
    const failure = {
      status: 501,
      detail: 'Error: Worker returned error\n{"detail": "failure 1"}',
    };
    for (let time = 0; time < 2; time++)
      await expect(interact(system, session_id, 1)).rejects.toMatchObject(failure);
  });

  it('refuses turns of the past and the future, and a start that is over, with both numbers', async () => {
    await using system = new TestSystem();
    await joinOther(system, 9);
    const { session_id } = await start(system);
    for (const turn of [1, 2]) await interact(system, session_id, turn);
    for (const turn of [1, 4])
      await expect(interact(system, session_id, turn)).rejects.toMatchObject({
        status: 409,
        detail: `Error: Turn ${turn} was sent, but the session has played 2 turns; turn 3 is next`,
      });
    await expect(start(system)).rejects.toMatchObject({
      status: 409,
      detail: 'Error: Turn 0 was sent, but the session has played 2 turns; turn 3 is next',
    });
    expect(asked(system)).toBe(2);
  });

  it('refuses after a restart a turn that was sent, and passes on the next one', async () => {
    await using system = new TestSystem();
    await joinOther(system, 9);
    const { session_id } = await start(system);
    await interact(system, session_id, 1);
    system.startController({ keepStore: true });
    await expect(interact(system, session_id, 1)).rejects.toMatchObject({
      status: 409,
      detail: 'Error: Nobody can tell whether turn 1 was played: its reply was lost with the controller',
    });
    expect((await interact(system, session_id, 2)).output).toMatchObject({ status: 'running', result: 2 });
    expect(asked(system)).toBe(2);
  });

  it('refuses after a restart without a store every turn, since nobody knows which is next', async () => {
    await using system = new TestSystem();
    const { beat } = await joinOther(system, 9);
    const { session_id } = await start(system);
    await system.clock.advance(1_000);
    system.startController();
    await beat();
    await expect(interact(system, session_id, 1)).rejects.toMatchObject({ status: 409 });
    expect(asked(system)).toBe(0);
  });

  it('starts a sample anew whose first reply was lost with the controller, and leaves no slot taken', async () => {
    await using system = new TestSystem();
    const { played } = await joinOther(system, 9);
    const lost = await start(system);
    system.startController({ keepStore: true });
    const { session_id } = await start(system);
    expect(session_id).not.toBe(lost.session_id);
    expect([...played.keys()]).toEqual([session_id]);
  });

  it('ends a session whose turn was lost on its way, as ever', async () => {
    await using system = new TestSystem();
    const { played } = await joinOther(system, 9);
    const { session_id } = await start(system);
    system.network.interfere(async (request, pass) => {
      const reply = await pass(request);
      if (request.url.endsWith('//other/api/interact')) throw new TransportError('lost', 'other side closed');
      return reply;
    });
    await expect(interact(system, session_id, 1)).rejects.toMatchObject({ status: 400 });
    await system.clock.advance(0);
    expect(played.size).toBe(0);
  });
});
