import { Task, type AgentOutput, type Outcome, type Session, type TaskOutput } from 'proctor';
import { z } from 'zod';

/** Adding two numbers: the smallest task that has a data set, a conversation and a score. */
export class MyFirstTask extends Task {
  static readonly parameters = z.object({ samples: z.int().min(1).default(5) });
  readonly #samples: number;

  constructor(parameters: { readonly samples: number }) {
    super();
    this.#samples = parameters.samples;
  }

  override getIndices(): number[] {
    return Array.from({ length: this.#samples }, (_, index) => index);
  }

  override async startSample(index: number, session: Session): Promise<Outcome> {
    const answer = await session.action({
      role: 'user',
      content: `What is ${index} + ${index}? Only the number.`,
    });
    if (answer.status === 'agent context limit') return { status: 'agent context limit', result: null };
    if (answer.status === 'cancelled') return { status: 'unknown', result: null };
    return { status: 'completed', result: { correct: answer.content?.trim() === String(index + index) } };
  }

  override calculateOverall(results: readonly TaskOutput[]) {
    const correct = results.filter(
      ({ result }) => (result as { correct?: boolean } | null)?.correct === true,
    ).length;
    return { score: results.length === 0 ? 0 : correct / results.length };
  }

  override oracle(index: number): AgentOutput {
    return { status: 'normal', content: String(index + index) };
  }
}
