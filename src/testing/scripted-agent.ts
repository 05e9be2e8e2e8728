import type { ActContext, Agent } from '../agents/index.ts';
import type { AgentOutput, Message } from '../protocol/index.ts';

/** A text, a whole answer, an error to throw, or a function that makes one of the first two. */
export type ScriptedReply =
  | string
  | AgentOutput
  | Error
  | ((
      history: readonly Message[],
      context: ActContext,
    ) => string | AgentOutput | Promise<string | AgentOutput>);

/** An agent for tests, with what it was shown. */
export interface ScriptedTestAgent extends Agent {
  readonly shown: readonly { readonly history: readonly Message[]; readonly context: ActContext }[];
  /** Whether `release` was called. */
  readonly isReleased: boolean;
}

/** Answers by the number of answers in the history; the last reply is repeated. */
export function scriptedAgent(replies: readonly ScriptedReply[]): ScriptedTestAgent {
  const shown: { history: readonly Message[]; context: ActContext }[] = [];
  let isReleased = false;
  return {
    shown,
    get isReleased() {
      return isReleased;
    },
    async act(history, context) {
      context.signal.throwIfAborted();
      shown.push({ history: [...history], context });
      const turn = history.filter((message) => message.role === 'assistant').length;
      const reply = replies[Math.min(turn, replies.length - 1)] ?? '';
      if (reply instanceof Error) throw reply;
      const answer = typeof reply === 'function' ? await reply(history, context) : reply;
      return typeof answer === 'string' ? { status: 'normal', content: answer } : answer;
    },
    async release() {
      isReleased = true;
    },
  };
}
