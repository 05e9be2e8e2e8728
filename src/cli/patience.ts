import type { EvaluationTimings } from '../assigner/index.ts';
import { parseDuration } from './parse-options.ts';

/** How long an evaluation waits for a controller that does not answer, unless told. */
export const defaultPatience = '2m';

/** The times of an evaluation that `--patience` sets. Throws `usage-invalid`. */
export function readPatience(text: string, command: string): Partial<EvaluationTimings> {
  const patienceMs = parseDuration(text, { flag: '--patience', command });
  return { controllerPatienceMs: patienceMs, repeatLimitMs: patienceMs };
}

/** The words that say the same again; none for the default. */
export function patienceWords(text: string): readonly string[] {
  return text === defaultPatience ? [] : ['--patience', text];
}
