import { expect, it } from 'vitest';
import { actContext, describeAgent, historyOf } from '../agents/agent.suite.ts';
import { scriptedAgent } from './scripted-agent.ts';

describeAgent('scripted for tests', async () => ({
  agent: scriptedAgent(['first', 'second']),
  [Symbol.asyncDispose]: async () => undefined,
}));

it('remembers what it was shown, throws and computes as told', async () => {
  const agent = scriptedAgent([
    'first',
    (history) => `saw ${history.length}`,
    { status: 'agent context limit', content: null },
    new Error('broken'),
  ]);
  const context = actContext({ index: 4 });
  expect((await agent.act(historyOf(0), context)).content).toBe('first');
  expect((await agent.act(historyOf(1), context)).content).toBe('saw 3');
  expect((await agent.act(historyOf(2), context)).status).toBe('agent context limit');
  await expect(agent.act(historyOf(3), context)).rejects.toThrow('broken');
  expect(agent.shown.map(({ history, context: { index } }) => [history.length, index])).toEqual([
    [1, 4],
    [3, 4],
    [5, 4],
    [7, 4],
  ]);
  expect(agent.isReleased).toBe(false);
  await agent.release?.();
  expect(agent.isReleased).toBe(true);
});
