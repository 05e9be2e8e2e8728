import type { AgentClass } from './agent.ts';
import { FastChatAgent } from './fastchat-agent.ts';
import { HttpAgent } from './http-agent.ts';
import { OracleAgent } from './oracle-agent.ts';
import { ReplayAgent } from './replay-agent.ts';
import { ScriptedAgent } from './scripted-agent.ts';

/** Gives an agent's class when it is needed, so that one may stand on a package that is not always installed. */
export type AgentLoader = () => Promise<AgentClass>;

/** What `module:` of an agent may name: our own words, and the reference's paths that have a counterpart here. */
export const builtInAgents: Readonly<Record<string, AgentLoader>> = {
  http: async () => HttpAgent,
  fastchat: async () => FastChatAgent,
  scripted: async () => ScriptedAgent,
  replay: async () => ReplayAgent,
  oracle: async () => OracleAgent,
  'src.client.agents.HTTPAgent': async () => HttpAgent,
  'src.client.agents.FastChatAgent': async () => FastChatAgent,
};
