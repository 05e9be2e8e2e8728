import { contentText, type AgentOutput, type Message } from '../../sdk/index.ts';
import type { DbBenchSample } from './sample-schema.ts';

/** Makes the change that the sample knows, if it is about one, then answers with the label. */
export function playLabel({ solution, expected }: DbBenchSample, history: readonly Message[]): AgentOutput {
  if (typeof expected !== 'string') return answerWith(expected);
  if (solution === undefined || hasOperated(history)) return answerWith(['done']);
  return { status: 'normal', content: `Action: Operation\n\`\`\`sql\n${solution}\n\`\`\`` };
}

function answerWith(items: readonly unknown[]): AgentOutput {
  return { status: 'normal', content: `Action: Answer\nFinal Answer: ${JSON.stringify(items)}` };
}

function hasOperated(history: readonly Message[]): boolean {
  return history.some(
    ({ role, content }) => role === 'assistant' && contentText(content).startsWith('Action: Operation'),
  );
}
