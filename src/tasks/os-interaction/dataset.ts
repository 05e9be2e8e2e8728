import path from 'node:path';
import type { Logger } from '../../base/index.ts';
import { datasetInvalid, readEntries, type LocatedEntry } from '../../sdk/index.ts';
import { findFiles } from './find-files.ts';
import type { DataFiles } from './parameters.ts';
import { readEntry } from './problem-schema.ts';
import type { Problem } from './problem.ts';
import { MissingScript, readScripts } from './read-scripts.ts';
import { toProblem } from './to-problem.ts';

export interface DatasetOptions {
  /** What relative paths are relative to. */
  readonly folder: string;
  /** Problems with one of these labels are left out. */
  readonly leaveOut: readonly string[];
  readonly missingScripts: 'error' | 'skip';
  readonly log: Logger;
}

/**
 * The problems by their index: prefix, the file's name without its ending, and the place within the file, as in `std-001-stock-00000`.
 * A problem that is left out keeps its number. Rejects with `file-missing`, `file-unreadable` or `dataset-invalid`.
 */
export async function readDataset(
  files: readonly DataFiles[],
  options: DatasetOptions,
): Promise<ReadonlyMap<string, Problem>> {
  const problems = new Map<string, Problem>();
  for (const { problem_file, script_dir, index_prefix } of files) {
    const scripts = path.resolve(options.folder, script_dir);
    for (const file of await findFiles(problem_file, options.folder)) {
      const prefix = `${index_prefix}${path.basename(file).replace(/\.jsonl?$/, '')}-`;
      for (const [place, located] of (await readEntries(file)).entries()) {
        const index = `${prefix}${String(place).padStart(5, '0')}`;
        if (problems.has(index)) throw datasetInvalid(located.where, `the index ${index} comes twice`);
        const problem = await readProblem(located, scripts, options);
        if (problem) problems.set(index, problem);
      }
    }
  }
  return problems;
}

/** Gives nothing for a problem that is left out. */
async function readProblem(
  { entry: value, where }: LocatedEntry,
  scripts: string,
  options: DatasetOptions,
): Promise<Problem | undefined> {
  const entry = readEntry(value);
  if ('problem' in entry) throw datasetInvalid(where, entry.problem);
  if (entry.labels.some((label) => options.leaveOut.includes(label))) return undefined;
  try {
    return toProblem(entry, await readScripts(entry, scripts));
  } catch (error) {
    if (error instanceof SyntaxError) throw datasetInvalid(where, `evaluation.match.regex: ${error.message}`);
    if (!(error instanceof MissingScript)) throw error;
    if (options.missingScripts === 'error') throw datasetInvalid(where, error.message);
    options.log.warn('A problem is left out: its script does not exist', { where, script: error.file });
    return undefined;
  }
}
