import { describe, expect, it } from 'vitest';
import { controllerRoutes, type AgentOutput } from '../protocol/index.ts';
import { FunctionTask } from '../testing/function-task.ts';
import { TestSystem } from '../testing/test-system.ts';
import type { ControllerStore } from './store/index.ts';

const answer: AgentOutput = { status: 'normal', content: 'answer' };
const endless = new FunctionTask({
  play: async (_index, session) => {
    for (;;) {
      const { status } = await session.action({ role: 'user', content: 'next?' });
      if (status === 'cancelled') return { status: 'unknown', result: null };
    }
  },
});

/** Notes the name of everything that the store is asked to do. */
function watchStore(store: ControllerStore, asked: string[]): ControllerStore {
  return new Proxy(store, {
    get: (target, name) => {
      const operation: unknown = Reflect.get(target, name);
      if (typeof operation !== 'function') return operation;
      asked.push(String(name));
      return operation.bind(target) as unknown;
    },
  });
}

describe('a turn', () => {
  it('costs one request to its worker, and nothing is written down', async () => {
    const asked: string[] = [];
    await using system = new TestSystem({ wrapStore: (store) => watchStore(store, asked) });
    await system.startWorker({ name: 'task', task: endless, concurrency: 1 });
    const { session_id } = await system.ask(controllerRoutes.startSample, {
      body: { name: 'task', index: 0 },
    });
    expect(asked.splice(0)).toContain('saveSession');
    const sentBefore = system.network.requests.length;
    for (let turn = 1; turn <= 5; turn++)
      await system.ask(controllerRoutes.interact, { body: { session_id, turn, agent_response: answer } });
    expect(asked).toEqual([]);
    const sent = system.network.requests.slice(sentBefore).map(({ url }) => url);
    const ofOneTurn = ['http://controller/api/interact', 'http://worker-1/api/interact'];
    expect(sent).toEqual(Array.from({ length: 5 }, () => ofOneTurn).flat());
  });
});
