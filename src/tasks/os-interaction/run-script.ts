import { ProctorError, quoteWord } from '../../base/index.ts';
import type { ExecResult, Sandbox } from '../../sandbox/index.ts';
import type { Script } from './problem.ts';

export interface ScriptOptions {
  readonly args?: readonly string[];
  /** Of compiling it, where its language needs that, and of running it: each. */
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
}

/** Of each channel: what one argument of a program may hold, since a check gets what those before it printed. */
export const outputLimit = 100_000;

const program = '/tmp/a.out';
const compilers = {
  c: { compiler: 'gcc', file: '/tmp/main.c' },
  'c++': { compiler: 'g++', file: '/tmp/main.cpp' },
};

/**
 * Runs a script in a process of its own and waits for its end. Rejects when it cannot be compiled, when the sandbox fails, and
 * with the signal's reason when that is aborted.
 */
export async function runScript(
  sandbox: Sandbox,
  script: Script,
  options: ScriptOptions,
): Promise<ExecResult> {
  const { args = [], timeLimitMs, signal } = options;
  const limits = { timeLimitMs, outputLimit, signal };
  const argv = await makeArgv(sandbox, script, limits);
  const result = await sandbox.exec([...argv, ...args], limits);
  signal.throwIfAborted();
  return result;
}

async function makeArgv(
  sandbox: Sandbox,
  { language, code }: Script,
  limits: { readonly timeLimitMs: number; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  if (language === 'bash') return ['bash', '-c', code, '--'];
  if (language === 'python') return ['python3', '-c', code];
  const { compiler, file } = compilers[language];
  await sandbox.write(file, code);
  const compiled = await sandbox.exec([compiler, '-o', program, file], limits);
  limits.signal.throwIfAborted();
  if (compiled.exitCode !== 0)
    throw new ProctorError('problem-broken', {
      problem: `${compiler} cannot compile a script: ${compiled.stderr.text}`,
    });
  return [program];
}

/** What runs, or first compiles, a script. */
export function programOf({ language }: Script): string {
  if (language === 'bash') return 'bash';
  return language === 'python' ? 'python3' : compilers[language].compiler;
}

/** The script as a piece of bash. */
export function bashOf({ language, code }: Script): string {
  if (language === 'bash') return code;
  if (language === 'python') return `python3 -c ${quoteWord(code)}`;
  const { compiler, file } = compilers[language];
  return `printf %s ${quoteWord(code)} > ${file} && ${compiler} -o ${program} ${file} && ${program}`;
}
