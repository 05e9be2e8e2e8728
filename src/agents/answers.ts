import type { AgentOutput, Message, TokenUsage } from '../protocol/index.ts';

/** An answer in words, and what it cost where that is known. */
export function normalAnswer(content: string, usage?: TokenUsage): AgentOutput {
  return { status: 'normal', content, ...(usage && { usage }) };
}

/** The answer of an agent whose context is full. */
export const contextLimit: AgentOutput = { status: 'agent context limit', content: null };

/** How often the agent has answered so far. */
export function countAnswers(history: readonly Message[]): number {
  return history.filter((message) => message.role === 'assistant').length;
}
