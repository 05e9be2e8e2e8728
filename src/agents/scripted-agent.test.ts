import { describe, expect, it } from 'vitest';
import { actContext, describeAgent, historyOf } from './agent.suite.ts';
import { ScriptedAgent } from './scripted-agent.ts';

function createAgent(replies: readonly unknown[]): ScriptedAgent {
  return new ScriptedAgent(ScriptedAgent.parameters.parse({ name: 'scripted', replies }));
}

describeAgent('scripted', async () => ({
  agent: createAgent(['first', 'second']),
  [Symbol.asyncDispose]: async () => undefined,
}));

describe('the scripted agent', () => {
  it('says its replies by turn, and repeats the last one', async () => {
    const agent = createAgent(['first', 'second', 'last']);
    const said = [];
    for (const turns of [0, 1, 2, 3, 9, 0])
      said.push((await agent.act(historyOf(turns), actContext())).content);
    expect(said).toEqual(['first', 'second', 'last', 'last', 'last', 'first']);
  });

  it('can say that its context is full', async () => {
    const agent = createAgent(['first', { status: 'agent context limit' }]);
    expect(await agent.act(historyOf(1), actContext())).toEqual({
      status: 'agent context limit',
      content: null,
    });
  });

  it.each([[{}], [{ replies: [] }], [{ replies: 'one' }], [{ replies: [{ status: 'cancelled' }] }]])(
    'refuses the parameters %j',
    (parameters) => {
      expect(ScriptedAgent.parameters.safeParse(parameters).error?.issues[0]?.path[0]).toBe('replies');
    },
  );
});
