import path from 'node:path';
import type { AssignmentConfig } from '../config/index.ts';
import { describeCommand } from './own-command.ts';
import { packageFolder } from './own-program.ts';
import type { Shell } from './shell.ts';

/** How to play the quick start with a real model; undefined without a key for one, or when it is in use already. */
export function hintAtRealModel(shell: Shell, config: AssignmentConfig): string | undefined {
  const key = shell.environment['OPENAI_API_KEY'];
  if (!key || config.secrets.some((secret) => secret.includes(key))) return undefined;
  const file = path.join(packageFolder, 'configs/assignments/quickstart-openai.yaml');
  const command = describeCommand(shell, ['run', path.relative(shell.folder, file)]);
  return `OPENAI_API_KEY is set: the same with a real model is\n  ${command}`;
}
