import type { AgentOutput, Message, Outcome, SampleIndex } from '../protocol/index.ts';
import type { Session, Task } from '../sdk/index.ts';

/** Answers a history; `turn` counts from 0. */
export type TestAgent = (
  history: readonly Message[],
  turn: number,
) => string | AgentOutput | Promise<string | AgentOutput>;

export interface PlayedSample {
  readonly outcome: Outcome;
  readonly history: readonly Message[];
}

/**
 * Plays one sample without a worker. The agent is a list of answers, the last one repeated, or a function. When `signal` is aborted
 * the sample is cancelled. Rejects with what the task throws.
 */
export async function playSample(
  task: Task,
  index: SampleIndex,
  {
    agent,
    signal = new AbortController().signal,
    id = 1,
  }: {
    readonly agent: readonly string[] | TestAgent;
    readonly signal?: AbortSignal;
    /** The session's. */
    readonly id?: number;
  },
): Promise<PlayedSample> {
  const answer: TestAgent =
    typeof agent === 'function' ? agent : (_history, turn) => agent[turn] ?? agent.at(-1) ?? '';
  const session = new TestSession(id, { answer, signal });
  const outcome = await task.startSample(index, session);
  return { outcome, history: session.history };
}

class TestSession implements Session {
  readonly id: number;
  readonly history: Message[] = [];
  readonly signal: AbortSignal;
  readonly #agent: TestAgent;
  #turn = 0;

  constructor(id: number, { answer, signal }: { readonly answer: TestAgent; readonly signal: AbortSignal }) {
    this.id = id;
    this.#agent = answer;
    this.signal = signal;
  }

  inject(...messages: readonly Message[]): void {
    this.history.push(...messages);
  }

  async action(...messages: readonly Message[]): Promise<AgentOutput> {
    this.inject(...messages);
    if (this.signal.aborted) return { status: 'cancelled', content: null };
    const answer = await this.#agent([...this.history], this.#turn++);
    const output: AgentOutput = typeof answer === 'string' ? { status: 'normal', content: answer } : answer;
    this.history.push({ role: 'assistant', content: output.content ?? output.status });
    return output;
  }
}
