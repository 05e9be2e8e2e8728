import type { AgentOutput, Message } from '../protocol/index.ts';

/** An answer in words. */
export function normalAnswer(content: string): AgentOutput {
  return { status: 'normal', content };
}

/** The answer of an agent whose context is full. */
export const contextLimit: AgentOutput = { status: 'agent context limit', content: null };

/** How often the agent has answered so far. */
export function countAnswers(history: readonly Message[]): number {
  return history.filter((message) => message.role === 'assistant').length;
}
