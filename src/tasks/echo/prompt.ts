import type { Message } from '../../sdk/index.ts';

/** The one line that a turn asks with; `round` counts from 1. */
export function roundPrompt(round: number, turns: number): Message {
  return { role: 'user', content: `round ${round} of ${turns}` };
}
