import { ProctorError } from '../../base/index.ts';
import type { Sandbox, Shell } from '../../sandbox/index.ts';
import type { Problem, Script } from './problem.ts';
import { bashOf, programOf, runScript, type ScriptOptions } from './run-script.ts';

/**
 * Brings the sandbox to where the problem begins: `init` in processes of its own, `start` in the agent's shell. Rejects when
 * that fails, which is never the agent's doing.
 */
export async function setUp(
  problem: Problem,
  { sandbox, shell }: { readonly sandbox: Sandbox; readonly shell: Shell },
  options: Omit<ScriptOptions, 'args'>,
): Promise<void> {
  const { init, start, evaluation } = problem;
  for (const script of init) await runInit(sandbox, script, options);
  if (start) await runStart(shell, start, options);
  if (evaluation.kind === 'check') await requirePrograms(sandbox, evaluation.scripts, options);
}

async function runStart(shell: Shell, start: Script, options: Omit<ScriptOptions, 'args'>): Promise<void> {
  const { ending } = await shell.run(bashOf(start), options);
  options.signal.throwIfAborted();
  if (ending === 'exited') return;
  const how = ending === 'shell-ended' ? 'ended the shell' : 'did not come to its end in time';
  throw new ProctorError('problem-broken', { problem: `its start script ${how}` });
}

/** What the checks need is looked for before the agent comes: what is missing then is no fault of the agent. */
async function requirePrograms(
  sandbox: Sandbox,
  scripts: readonly Script[],
  options: Omit<ScriptOptions, 'args'>,
): Promise<void> {
  const programs = [...new Set(scripts.map(programOf))];
  const script = 'for program; do command -v "$program" >/dev/null || echo "$program"; done';
  const { stdout } = await sandbox.exec(['/bin/sh', '-c', script, 'require', ...programs], options);
  options.signal.throwIfAborted();
  const missing = stdout.text.trim().split('\n').join(', ');
  if (missing !== '')
    throw new ProctorError('problem-broken', {
      problem: `its checks need ${missing}, and the sandbox has no such program`,
    });
}

async function runInit(sandbox: Sandbox, script: Script, options: ScriptOptions): Promise<void> {
  const { ending, exitCode, stderr } = await runScript(sandbox, script, options);
  if (exitCode === 0) return;
  const how = ending === 'time-limit' ? 'did not come to its end in time' : `ended with ${exitCode}`;
  throw new ProctorError('problem-broken', { problem: `its init script ${how}: ${stderr.text.trim()}` });
}
