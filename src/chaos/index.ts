export { formatResult } from './format-result.ts';
export { runChaos, type ChaosResult, type ChaosSetting } from './run-chaos.ts';
export { ThinkingAgent } from './thinking-agent.ts';
