import { resolve } from 'node:path';
import { z } from 'zod';
import { raceAbort } from '../base/index.ts';
import type { AgentOutput, Message } from '../protocol/index.ts';
import type { ActContext, Agent, AgentContext } from './agent.ts';
import { countAnswers } from './answers.ts';
import { Recording } from './replay/index.ts';

const replayParameters = z.object({
  /** A `runs.jsonl`, or the folder `<output>/<agent>` of an evaluation. */
  file: z.string().min(1),
});

/** Answers as another agent did in an earlier evaluation, turn by turn. */
export class ReplayAgent implements Agent {
  static readonly parameters = replayParameters;
  readonly #recording: Recording;

  constructor(parameters: z.output<typeof replayParameters>, { folder }: AgentContext) {
    this.#recording = new Recording(resolve(folder, parameters.file));
  }

  /** Throws `file-missing`, or `recording-lacks-answer` for a sample or a turn that was not recorded. */
  async act(history: readonly Message[], { task, index, signal }: ActContext): Promise<AgentOutput> {
    signal.throwIfAborted();
    const wanted = { task, index, turn: countAnswers(history), signal };
    return raceAbort(this.#recording.answer(wanted), signal);
  }
}
