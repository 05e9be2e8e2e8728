import path from 'node:path';
import { z } from 'zod';
import { sleep, type Json } from '../../base/index.ts';
import {
  Task,
  type AgentOutput,
  type Message,
  type Outcome,
  type SampleIndex,
  type Session,
  type TaskContext,
  type TaskOutput,
} from '../../sdk/index.ts';
import { listIndices } from './dataset.ts';
import { appendToJournal, type JournalEntry } from './journal.ts';
import { echoLastMessage } from './oracle.ts';
import { roundPrompt } from './prompt.ts';
import { scoreEchoes } from './score.ts';

const echoParameters = z.object({
  samples: z.int().min(0).default(10),
  turns: z.int().min(1).default(1),
  /** What each turn waits before it asks. */
  delayMs: z.number().min(0).default(0),
  /** Gets one line of JSON for each answer taken; relative to the folder that the command was started in. */
  journal: z.string().min(1).optional(),
});

/** Asks a line a turn and keeps the last answer: the subject of tests and benchmarks. */
export class EchoTask extends Task {
  static readonly parameters = echoParameters;
  readonly #parameters: z.output<typeof echoParameters>;
  readonly #context: TaskContext;

  constructor(parameters: z.output<typeof echoParameters>, context: TaskContext) {
    super();
    this.#parameters = parameters;
    this.#context = context;
  }

  override getIndices(): readonly SampleIndex[] {
    return listIndices(this.#parameters.samples);
  }

  override async startSample(index: SampleIndex, session: Session): Promise<Outcome> {
    const { turns } = this.#parameters;
    let echo: string | null = null;
    for (let round = 1; round <= turns; round++) {
      if (!(await this.#pause(session.signal))) return cancelled;
      const answer = await session.action(roundPrompt(round, turns));
      if (session.signal.aborted) return cancelled;
      this.#note({ index, session: session.id, turn: round });
      if (answer.status === 'cancelled') return cancelled;
      if (answer.status === 'agent context limit')
        return { status: 'agent context limit', result: { echo, score: 0 } };
      echo = answer.content;
    }
    return { status: 'completed', result: { echo, score: 1 } };
  }

  override calculateOverall(results: readonly TaskOutput[]): Json {
    return scoreEchoes(results);
  }

  override oracle(_index: SampleIndex, history: readonly Message[]): AgentOutput {
    return echoLastMessage(history);
  }

  #note(step: Pick<JournalEntry, 'session' | 'index' | 'turn'>): void {
    const { journal } = this.#parameters;
    if (journal === undefined) return;
    const { clock, folder } = this.#context;
    const { pid } = process;
    appendToJournal(path.resolve(folder, journal), { ...step, pid, timestamp: clock.now() });
  }

  /** Whether the wait came to its end. */
  async #pause(signal: AbortSignal): Promise<boolean> {
    const { delayMs } = this.#parameters;
    if (delayMs === 0) return !signal.aborted;
    return sleep(this.#context.clock, delayMs, signal).then(
      () => true,
      () => false,
    );
  }
}

const cancelled: Outcome = { status: 'unknown', result: null };
