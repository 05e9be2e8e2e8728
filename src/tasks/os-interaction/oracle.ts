import { contentText, type AgentOutput, type Message } from '../../sdk/index.ts';
import type { Action } from './action.ts';
import type { Evaluation, Problem } from './problem.ts';
import { bashOf } from './run-script.ts';
import { shownOutput } from './show-output.ts';
import type { Style } from './style.ts';

/** Runs the problem's example and answers with what it prints, or finishes; without an example it says the expected answer. */
export function playExample(problem: Problem, history: readonly Message[], style: Style): AgentOutput {
  const action = chooseAction(problem, history.at(-1));
  return { status: 'normal', content: style.write('The solution is known.', action) };
}

function chooseAction({ example, evaluation }: Problem, last: Message | undefined): Action {
  if (!example) return { kind: 'commit', answer: evaluation.kind === 'answer' ? evaluation.answer : null };
  const output = last && shownOutput(contentText(last.content));
  if (output === undefined) return { kind: 'bash', script: printOnly(bashOf(example)) };
  const answer = output.trim();
  return { kind: 'commit', answer: answer === '' && !needsAnswer(evaluation) ? null : answer };
}

function needsAnswer(evaluation: Evaluation): boolean {
  return evaluation.kind !== 'check' || evaluation.comparesWithExample;
}

/** Checks compare with what the example prints on standard output, so that its warnings must not get into the answer. */
function printOnly(code: string): string {
  return `{\n${code}\n} 2> /dev/null`;
}
