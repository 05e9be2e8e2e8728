import { ProctorError } from '../../base/index.ts';
import type { Sandbox } from '../../sandbox/index.ts';
import type { Evaluation, Script } from './problem.ts';
import { outputLimit, runScript, type ScriptOptions } from './run-script.ts';

/** What is judged: the answer, null when there was none, and how it is to be. */
export interface Submission {
  readonly evaluation: Evaluation;
  readonly answer: string | null;
}

/** Whether the answer, or what was done to the sandbox, is right. Rejects when that cannot be told. */
export async function judge(
  { evaluation, answer }: Submission,
  sandbox: Sandbox,
  options: Omit<ScriptOptions, 'args'>,
): Promise<boolean> {
  if (evaluation.kind === 'check') {
    const run = async (script: Script, args: readonly string[]) => {
      const { exitCode, stdout } = await runScript(sandbox, script, { ...options, args });
      return exitCode === 0 ? asArgument(stdout.text) : undefined;
    };
    return await passesChecks(evaluation.scripts, answer ?? noAnswer, run).catch(failWhereAgentIsAtFault);
  }
  if (answer === null) return false;
  const given = evaluation.strip ? answer.trim() : answer;
  return evaluation.kind === 'answer' ? given === evaluation.answer : evaluation.pattern.test(given);
}

/** What checks are given when there is no answer: Python's word for it, as in AgentBench. */
const noAnswer = 'None';

/** `run` gives what a script printed, undefined when it does not pass. */
async function passesChecks(
  scripts: readonly Script[],
  answer: string,
  run: (script: Script, args: readonly string[]) => Promise<string | undefined>,
): Promise<boolean> {
  if (!canBeArgument(answer)) return false;
  const args = [answer];
  for (const script of scripts) {
    const printed = await run(script, args);
    if (printed === undefined) return false;
    args.push(printed);
  }
  return true;
}

/** What was there before the agent came and cannot be used now, it has broken. */
function failWhereAgentIsAtFault(error: unknown): false {
  if (ProctorError.is(error) && brokenByAgent.has(error.code)) return false;
  throw error;
}

const brokenByAgent: ReadonlySet<string> = new Set(['problem-broken', 'sandbox-file-unwritable']);

/** A program cannot be given NUL, or more than so many bytes in one argument. */
function asArgument(text: string): string {
  const bytes = Buffer.from(text.replaceAll('\0', ''));
  return bytes.length <= outputLimit
    ? bytes.toString()
    : bytes
        .subarray(0, outputLimit)
        .toString()
        .replace(/\ufffd+$/, '');
}

/** No program can be given anything else, so that nothing else is ever right. */
function canBeArgument(text: string): boolean {
  return !text.includes('\0') && Buffer.byteLength(text) <= outputLimit;
}
