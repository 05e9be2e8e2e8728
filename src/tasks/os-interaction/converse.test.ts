import { describe, expect, it } from 'vitest';
import type { CommandResult, Shell } from '../../sandbox/index.ts';
import { contentText, type AgentOutput } from '../../sdk/index.ts';
import { FunctionTask } from '../../testing/function-task.ts';
import { playSample, type TestAgent } from '../../testing/play-sample.ts';
import { converse, type Ending } from './converse.ts';
import { styles } from './style.ts';

const bash = (script: string) => `Think: so\n\nAct: bash\n\n\`\`\`bash\n${script}\n\`\`\``;
const echo = (text: string): CommandResult => ({
  ending: 'exited',
  exitCode: 0,
  output: { text, totalBytes: text.length, truncated: false },
  stateKept: true,
});

async function talk(
  agent: readonly string[] | TestAgent,
  { style = 'text', signal }: { readonly style?: 'text' | 'tools'; readonly signal?: AbortSignal } = {},
) {
  const ran: string[] = [];
  const shell: Shell = {
    run: async (command) => {
      ran.push(command);
      return echo(`ran ${command}`);
    },
    close: async () => undefined,
  };
  let ending: Ending | undefined;
  const task = new FunctionTask({
    play: async (_index, session) => {
      const limits = { roundLimit: 3, commandLimitMs: 1000 };
      ending = await converse('How many?', { session, shell, style: styles[style], ...limits });
      return { status: 'completed', result: null };
    },
  });
  const { history } = await playSample(task, 0, { agent, ...(signal && { signal }) });
  const spoken = history.map(({ role, content }) => `${role}: ${contentText(content)}`);
  return { ending, ran, spoken };
}

describe('converse', () => {
  it.each(['text', 'tools'] as const)(
    'begins with the rules and an example in the style %s',
    async (style) => {
      const { spoken } = await talk(['-'], { style });
      expect(spoken[0]).toContain(style === 'text' ? 'Act: bash' : 'bash_action');
      expect(spoken[0]).toContain('Now, my problem is:');
      expect(spoken.at(-2)).toMatch(/^user: .*problem.*\n\nHow many\?$/);
      const replies = spoken.slice(0, -1).filter((line) => line.startsWith('assistant: '));
      const actions = replies.map((reply) =>
        styles[style].read({ status: 'normal', content: reply.slice('assistant: '.length) }),
      );
      expect(actions.map(({ kind }) => kind)).toEqual(['bash', 'bash', 'commit']);
    },
  );

  it('shows the output of each command until there is an answer', async () => {
    const { ending, ran, spoken } = await talk([bash('ls'), bash('pwd'), 'Act: answer(5)']);
    expect(ending).toEqual({ kind: 'committed', answer: '5' });
    expect(ran).toEqual(['ls', 'pwd']);
    expect(spoken.at(-4)).toBe('user: The output of the OS:\n\nran ls');
    expect(spoken.at(-2)).toBe('user: The output of the OS:\n\nran pwd');
  });

  it('ends without an answer when the agent finishes', async () => {
    expect((await talk(['Act: finish'])).ending).toEqual({ kind: 'committed', answer: null });
  });

  it('ends after the last round', async () => {
    const { ending, ran } = await talk([bash('ls')]);
    expect(ending).toEqual({ kind: 'failed', status: 'task limit reached', reason: 'round limit' });
    expect(ran).toHaveLength(3);
  });

  it('ends with a reply that is none', async () => {
    expect((await talk(['ls -l'])).ending).toEqual({ kind: 'failed', status: 'agent invalid action' });
    expect((await talk(['ls -l'], { style: 'tools' })).ending).toEqual({
      kind: 'failed',
      status: 'agent validation failed',
    });
  });

  it('ends where the context of the agent does', async () => {
    const tooLong: AgentOutput = { status: 'agent context limit', content: null };
    expect((await talk(() => tooLong)).ending).toEqual({ kind: 'failed', status: 'agent context limit' });
  });

  it('ends when the sample is cancelled', async () => {
    const { ending, ran } = await talk([bash('ls')], { signal: AbortSignal.abort() });
    expect(ending).toMatchObject({ kind: 'failed', status: 'unknown' });
    expect(ran).toEqual([]);
  });
});
