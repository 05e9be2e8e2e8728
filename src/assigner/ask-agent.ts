import { ProctorError, raceAbort } from '../base/index.ts';
import { agentbench, type Message, type TokenUsage, type WireAgentOutput } from '../protocol/index.ts';
import type { SampleAttempt } from './sample-attempt.ts';

export interface AgentAnswer {
  /** What is sent to the task. */
  readonly answer: WireAgentOutput;
  /** What it cost, where the agent tells. */
  readonly usage: TokenUsage | undefined;
}

/** Asks the agent about the history so far. Rejects when it throws, answers what is no answer, or the signal is aborted. */
export async function askAgent(
  attempt: SampleAttempt,
  history: readonly Message[],
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const { agent, task, index } = attempt;
  // Called within a promise, so that an agent that throws at once is no different.
  const acting = Promise.resolve().then(() => agent.act(history, { task, index, tools: [], signal }));
  const answer: unknown = await raceAbort(acting, signal);
  const parsed = agentbench.agentOutputSchema.safeParse(answer);
  if (parsed.success) return { answer: agentbench.toWireAgentOutput(parsed.data), usage: readUsage(answer) };
  throw new ProctorError('answer-invalid', {
    answer: JSON.stringify(answer)?.slice(0, 200) ?? 'nothing',
  });
}

function readUsage(answer: unknown): TokenUsage | undefined {
  const { usage } = answer as { readonly usage?: Partial<TokenUsage> | null };
  const { inputTokens, outputTokens } = usage ?? {};
  if (!Number.isFinite(inputTokens) && !Number.isFinite(outputTokens)) return undefined;
  return { inputTokens: inputTokens || 0, outputTokens: outputTokens || 0 };
}
