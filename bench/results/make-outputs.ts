import type { WireTaskOutput } from '../../src/protocol/index.ts';
import { createRandom, makeText } from '../random.ts';

const variants = 16;
const messages = 20;

/** Outputs of completed samples whose histories are about so long; a few, since making text costs more than writing it. */
export function makeOutputs(historyBytes: number): readonly WireTaskOutput[] {
  const random = createRandom(1);
  const roles = ['user', 'agent'] as const;
  return Array.from({ length: variants }, () => ({
    index: 0,
    status: 'completed' as const,
    result: { score: 1, answer: makeText(random, 50) },
    history: Array.from({ length: messages }, (_none, position) => ({
      role: roles[position % 2] ?? 'user',
      content: makeText(random, historyBytes / messages),
    })),
  }));
}
