import type { Entry } from './problem-schema.ts';
import type { Evaluation, Problem } from './problem.ts';
import { pythonPattern } from './python-pattern.ts';
import type { EntryScripts } from './read-scripts.ts';

/** Throws SyntaxError when the entry's regular expression is none. */
export function toProblem(entry: Entry, scripts: EntryScripts): Problem {
  const { description, labels, create } = entry;
  const { init, start, example } = scripts;
  const image =
    create.image === undefined
      ? ({ kind: 'local', name: create.local } as const)
      : ({ kind: 'named', name: create.image } as const);
  return { description, labels, image, init, start, example, evaluation: toEvaluation(entry, scripts) };
}

/** A match goes before a check, as in AgentBench. */
function toEvaluation({ evaluation: { match } }: Entry, { check, example }: EntryScripts): Evaluation {
  if (match === undefined) {
    const scripts = check.map((script) => script ?? example).filter((script) => script !== undefined);
    return { kind: 'check', scripts, comparesWithExample: check.includes(null) };
  }
  const { strip } = match;
  if ('answer' in match) return { kind: 'answer', answer: match.answer, strip };
  return { kind: 'regex', pattern: pythonPattern(match.regex), strip };
}
