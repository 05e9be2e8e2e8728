import { appendFileSync } from 'node:fs';
import type { ActContext, Agent, AgentContext } from '../agents/index.ts';
import { sleep } from '../base/index.ts';
import type { AgentOutput, Message, SampleIndex } from '../protocol/index.ts';

type ThinkingParameters = {
  readonly thinkMs: number;
  /** A line for each answer is appended there. */
  readonly journal: string;
};

/** Thinks for a while, never equally long, and says which answer it is. */
export class ThinkingAgent implements Agent {
  readonly #parameters: ThinkingParameters;
  readonly #context: AgentContext;

  constructor(parameters: ThinkingParameters, context: AgentContext) {
    this.#parameters = parameters;
    this.#context = context;
  }

  async act(history: readonly Message[], { index, signal }: ActContext): Promise<AgentOutput> {
    const turn = history.filter(({ role }) => role === 'assistant').length + 1;
    const { thinkMs, journal } = this.#parameters;
    await sleep(this.#context.clock, thinkMs * (0.5 + Math.random()), signal);
    appendFileSync(journal, `${JSON.stringify({ agent: this.#context.name, index, turn })}\n`);
    return { status: 'normal', content: wordAnswer({ agent: this.#context.name, index, turn }) };
  }
}

/** What an agent says at a turn: nothing that it says elsewhere. */
export function wordAnswer({
  agent,
  index,
  turn,
}: {
  readonly agent: string;
  readonly index: SampleIndex | null;
  readonly turn: number;
}): string {
  return `answer ${turn} of ${agent} to ${index}`;
}
