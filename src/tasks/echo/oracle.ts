import { contentText, type AgentOutput, type Message } from '../../sdk/index.ts';

/** Says the last line back. */
export function echoLastMessage(history: readonly Message[]): AgentOutput {
  const last = history.at(-1);
  return { status: 'normal', content: last === undefined ? '' : contentText(last.content) };
}
