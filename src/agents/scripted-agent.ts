import { z } from 'zod';
import type { AgentOutput, Message } from '../protocol/index.ts';
import type { ActContext, Agent } from './agent.ts';
import { contextLimit, countAnswers, normalAnswer } from './answers.ts';

const scriptedParameters = z.object({
  /** What it says at each turn; the last one is repeated. */
  replies: z
    .array(z.union([z.string(), z.strictObject({ status: z.literal('agent context limit') })]), {
      error: 'expected a list of texts',
    })
    .min(1),
});

/** Says what it was told to, by the number of its answers in the history. */
export class ScriptedAgent implements Agent {
  static readonly parameters = scriptedParameters;
  readonly #replies: z.output<typeof scriptedParameters>['replies'];

  constructor(parameters: z.output<typeof scriptedParameters>) {
    this.#replies = parameters.replies;
  }

  /** Throws only the signal's reason. */
  async act(history: readonly Message[], { signal }: ActContext): Promise<AgentOutput> {
    signal.throwIfAborted();
    const reply = this.#replies[Math.min(countAnswers(history), this.#replies.length - 1)];
    return typeof reply === 'string' ? normalAnswer(reply) : contextLimit;
  }
}
