export type { ActContext, Agent, AgentClass, AgentContext, Oracle, OracleLookup } from './agent.ts';
export { builtInAgents, type AgentLoader } from './built-in-agents.ts';
export { FastChatAgent } from './fastchat-agent.ts';
export { HttpAgent } from './http-agent.ts';
export { createOracleAgent, OracleAgent } from './oracle-agent.ts';
export { ReplayAgent } from './replay-agent.ts';
export { ScriptedAgent } from './scripted-agent.ts';
