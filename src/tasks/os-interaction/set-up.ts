import { ProctorError } from '../../base/index.ts';
import type { Sandbox, Shell } from '../../sandbox/index.ts';
import type { Problem, Script } from './problem.ts';
import { bashOf, runScript, type ScriptOptions } from './run-script.ts';

/**
 * Brings the sandbox to where the problem begins: `init` in processes of its own, `start` in the agent's shell. Rejects when
 * that fails, which is never the agent's doing.
 */
export async function setUp(
  { init, start }: Problem,
  { sandbox, shell }: { readonly sandbox: Sandbox; readonly shell: Shell },
  options: Omit<ScriptOptions, 'args'>,
): Promise<void> {
  for (const script of init) await runInit(sandbox, script, options);
  if (!start) return;
  const { ending } = await shell.run(bashOf(start), options);
  options.signal.throwIfAborted();
  if (ending === 'time-limit')
    throw new ProctorError('problem-broken', { problem: 'its start script did not come to its end in time' });
}

async function runInit(sandbox: Sandbox, script: Script, options: ScriptOptions): Promise<void> {
  const { ending, exitCode, stderr } = await runScript(sandbox, script, options);
  if (exitCode === 0) return;
  const how = ending === 'time-limit' ? 'did not come to its end in time' : `ended with ${exitCode}`;
  throw new ProctorError('problem-broken', { problem: `its init script ${how}: ${stderr.text.trim()}` });
}
