import { ProctorError, type JsonObject } from '../../base/index.ts';
import type { Message } from '../../protocol/index.ts';

/** What a prompter makes of a history: fields of a JSON body, or of a form with at most one image. */
export type Prompt =
  | { readonly kind: 'json'; readonly fields: JsonObject }
  | {
      readonly kind: 'form';
      readonly fields: Readonly<Record<string, string>>;
      readonly image?: { readonly key: string; readonly url: string };
    };

/** Puts a history into the words of one API. Throws a `PromptError` for a history that it cannot express. */
export type Prompter = (history: readonly Message[]) => Prompt;

/** The history holds what a prompter has no form for. */
export class PromptError extends Error {
  override readonly name = 'PromptError';
  readonly wanted: string;

  constructor(problem: string, wanted: string) {
    super(problem);
    this.wanted = wanted;
  }
}

/** Has a prompter write a history for an agent's API. Throws `history-unsupported` for what its form cannot hold. */
export function writePrompt(prompter: Prompter, history: readonly Message[], agent: string): Prompt {
  try {
    return prompter(history);
  } catch (error) {
    if (!(error instanceof PromptError)) throw error;
    const parameters = { agent, problem: error.message, wanted: error.wanted };
    throw new ProctorError('history-unsupported', parameters);
  }
}
