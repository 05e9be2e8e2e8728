import { quoteWord } from '../base/index.ts';

/** The statement that prints a mark, as octal escapes: the traces of `set -x` do not look like one. */
export function printMark(secret: string, ...fields: readonly string[]): string {
  const format = fields.map(() => '%s').join(';');
  return `printf '\\036${secret};${format}\\036' ${fields.join(' ')}`;
}

/** The statement that goes to a folder; one that is gone must not keep a program from running. */
export function enterFolder(folder: string): string {
  return `cd -- ${quoteWord(folder)} 2>/dev/null || cd /`;
}
