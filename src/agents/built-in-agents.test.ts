import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sharedData, sharedDataMissing } from '../testing/shared-data.ts';
import { agentContext } from './agent.suite.ts';
import { builtInAgents } from './built-in-agents.ts';

const definitions = z.record(z.string(), z.object({ module: z.string(), parameters: z.unknown() }));

const files = [
  'agentbench-v0.2/agents__api_agents.json',
  'agentbench-v0.2/agents__fs_agent.json',
  'visualagentbench/agents__fs_agent.json',
];

describe('the built-in agents', () => {
  it('go by our words and by the paths of the reference', async () => {
    expect(Object.keys(builtInAgents)).toEqual([
      'http',
      'fastchat',
      'scripted',
      'replay',
      'oracle',
      'src.client.agents.HTTPAgent',
      'src.client.agents.FastChatAgent',
    ]);
    expect(await builtInAgents['src.client.agents.HTTPAgent']?.()).toBe(await builtInAgents.http?.());
  });

  it.skipIf(!sharedData).each(files)(`are built from the real definitions of %s`, async (file) => {
    if (!sharedData) throw new Error(sharedDataMissing);
    const text = readFileSync(join(sharedData, 'agentbench/configs/expected', file), 'utf8');
    const { config } = z.object({ config: definitions }).parse(JSON.parse(text));
    expect(Object.keys(config).length).toBeGreaterThan(0);
    for (const [name, { module, parameters }] of Object.entries(config)) {
      const load = builtInAgents[module];
      if (!load) throw new Error(`no module ${module}`);
      const agentClass = await load();
      const checked = agentClass.parameters?.parse(parameters) as never;
      const agent = new agentClass(checked, agentContext({ name }));
      expect(agent).toBeInstanceOf(agentClass);
      await agent.release?.();
    }
  });
});
