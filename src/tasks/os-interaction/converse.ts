import type { Shell } from '../../sandbox/index.ts';
import type { Outcome, Session } from '../../sdk/index.ts';
import { askProblem, openingMessages } from './prompt.ts';
import { showOutput } from './show-output.ts';
import type { Style } from './style.ts';

export interface Conversation {
  readonly session: Session;
  readonly shell: Shell;
  readonly style: Style;
  readonly roundLimit: number;
  readonly commandLimitMs: number;
}

/** How the talk with the agent ended. */
export type Ending =
  /** With its word that it is done; null when it gave no answer. */
  | { readonly kind: 'committed'; readonly answer: string | null }
  /** With a status of its own, and a reason where it needs one. */
  | { readonly kind: 'failed'; readonly status: Outcome['status']; readonly reason?: string };

/** Enough for what is shown of an output, four bytes a character. */
const outputLimit = 16_384;

/** Rejects when the sample is cancelled in a command. */
export async function converse(description: string, conversation: Conversation): Promise<Ending> {
  const { session, style, roundLimit } = conversation;
  session.inject(...openingMessages(style), askProblem(description));
  for (let round = 0; round < roundLimit; round++) {
    const output = await session.action();
    if (output.status === 'cancelled') return { kind: 'failed', status: 'unknown', reason: 'cancelled' };
    if (output.status !== 'normal') return { kind: 'failed', status: output.status };
    const action = style.read(output);
    if (action.kind === 'invalid') return { kind: 'failed', status: action.status };
    if (action.kind === 'commit') return { kind: 'committed', answer: action.answer };
    session.inject({ role: 'user', content: await runCommand(action.script, conversation) });
  }
  return { kind: 'failed', status: 'task limit reached', reason: 'round limit' };
}

async function runCommand(script: string, conversation: Conversation): Promise<string> {
  const { shell, session, commandLimitMs: timeLimitMs } = conversation;
  const { signal } = session;
  const result = await shell.run(script, { timeLimitMs, outputLimit, signal });
  signal.throwIfAborted();
  return showOutput(result, timeLimitMs);
}
