import path from 'node:path';
import { glob } from 'tinyglobby';
import { ProctorError } from '../../base/index.ts';

/**
 * The files of problems that a pattern names, in the order of their names: Python's glob, where `*`, `?` and `[...]` are special
 * and names that begin with a dot are hidden. Rejects with `file-missing` when there is none.
 */
export async function findFiles(pattern: string, folder: string): Promise<readonly string[]> {
  const found = await glob(path.resolve(folder, pattern), {
    cwd: folder,
    absolute: true,
    expandDirectories: false,
    globstar: false,
    braceExpansion: false,
    extglob: false,
  });
  const files = found.filter((file) => /\.jsonl?$/.test(file)).sort();
  if (files.length === 0) throw new ProctorError('file-missing', { file: path.resolve(folder, pattern) });
  return files;
}
