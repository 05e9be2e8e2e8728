import { describe, expect, it } from 'vitest';
import { AgentHistory } from './agent-history.ts';

describe('AgentHistory', () => {
  it('shows messages that an agent may change, without its next turn seeing it', () => {
    const seen = [{ role: 'user', content: 'one' } as const];
    const history = new AgentHistory();
    for (let turn = 0; turn < 3; turn++) {
      const [first] = history.show(seen) as { content: unknown }[];
      expect(first?.content).toBe('one');
      if (first) first.content = 'changed by the agent';
    }
  });
});
