import path from 'node:path';
import { quoteWhereNeeded } from '../base/index.ts';
import type { Shell } from './shell.ts';

/** A command line of this program, as a person would write it in the folder that they are in. */
export function describeCommand(shell: Shell, words: readonly string[]): string {
  return [...ownName(shell), ...words.map(quoteWhereNeeded)].join(' ');
}

function ownName({ ownCommand, folder }: Shell): readonly string[] {
  const program = ownCommand.arguments.at(-1) ?? '';
  if (path.basename(program) !== 'proctor') return ['node', quoteWhereNeeded(path.relative(folder, program))];
  return path.basename(path.dirname(program)) === '.bin' ? ['npx', 'proctor'] : ['proctor'];
}
