import { describe, expect, it } from 'vitest';
import { normalAnswer } from './answers.ts';
import type { Oracle } from './agent.ts';
import { actContext, agentContext, describeAgent, historyOf } from './agent.suite.ts';
import { createOracleAgent, OracleAgent } from './oracle-agent.ts';

const labels: Oracle = {
  oracle: async (index, history) => normalAnswer(`label ${index} at ${history.length}`),
};

describeAgent('oracle', async () => {
  let stalled = false;
  let noticeStall = () => {};
  const oracle: Oracle = {
    oracle: (index, history) => {
      if (!stalled) return labels.oracle(index, history);
      stalled = false;
      noticeStall();
      return new Promise(() => undefined);
    },
  };
  return {
    agent: new OracleAgent({}, agentContext({ oracleOf: async () => oracle })),
    stall: async () => {
      stalled = true;
      const noticed = new Promise<void>((resolve) => (noticeStall = resolve));
      return () => noticed;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
});

describe('the oracle agent', () => {
  it("plays the label of the task's sample", async () => {
    const agent = createOracleAgent(async (task) => (task === 'subject' ? labels : undefined));
    expect(await agent.act(historyOf(1), actContext({ index: 7 }))).toEqual(normalAnswer('label 7 at 3'));
  });

  it('looks a task up once, however many samples ask', async () => {
    const asked: string[] = [];
    const agent = createOracleAgent(async (task) => {
      asked.push(task);
      return labels;
    });
    const tasks = ['a', 'b', 'a', 'a'];
    await Promise.all(tasks.map((task) => agent.act(historyOf(0), actContext({ task }))));
    expect(asked).toEqual(['a', 'b']);
  });

  it('looks a task up again after a failure', async () => {
    let isThere = false;
    const agent = createOracleAgent(async () => {
      if (!isThere) throw new Error('the data file is missing');
      return labels;
    });
    await expect(agent.act(historyOf(0), actContext())).rejects.toThrow('the data file is missing');
    isThere = true;
    expect((await agent.act(historyOf(0), actContext())).status).toBe('normal');
  });

  it.each([
    ['a task without labels', agentContext({ oracleOf: async () => undefined })],
    ['a program without a lookup', agentContext()],
  ])('names %s', async (_case, context) => {
    const agent = new OracleAgent({}, context);
    await expect(agent.act(historyOf(0), actContext({ task: 'echo' }))).rejects.toMatchObject({
      code: 'oracle-missing',
      message: 'There is no oracle for task "echo"',
    });
  });
});
