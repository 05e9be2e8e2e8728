import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { coerceError, parseJson, ProctorError, type Json, type Logger } from '../../base/index.ts';
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
      for (const located of await readEntries(file)) {
        const index = `${prefix}${String(located.place).padStart(5, '0')}`;
        if (problems.has(index)) throw invalid(located.where, `the index ${index} comes twice`);
        const problem = await readProblem(located, scripts, options);
        if (problem) problems.set(index, problem);
      }
    }
  }
  return problems;
}

type LocatedEntry = { readonly value: Json; readonly place: number; readonly where: string };

/** Gives nothing for a problem that is left out. */
async function readProblem(
  { value, where }: LocatedEntry,
  scripts: string,
  options: DatasetOptions,
): Promise<Problem | undefined> {
  const entry = readEntry(value);
  if ('problem' in entry) throw invalid(where, entry.problem);
  if (entry.labels.some((label) => options.leaveOut.includes(label))) return undefined;
  try {
    return toProblem(entry, await readScripts(entry, scripts));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(where, `evaluation.match.regex: ${error.message}`);
    if (!(error instanceof MissingScript)) throw error;
    if (options.missingScripts === 'error') throw invalid(where, error.message);
    options.log.warn('A problem is left out: its script does not exist', { where, script: error.file });
    return undefined;
  }
}

async function readEntries(file: string): Promise<LocatedEntry[]> {
  const text = await readText(file);
  if (file.endsWith('.jsonl'))
    return text
      .split('\n')
      .map((line, index) => ({ line, where: `${file}:${index + 1}` }))
      .filter(({ line }) => line.trim() !== '')
      .map(({ line, where }, place) => ({ value: parseEntry(line, where), place, where }));
  return [parseEntry(text, file)]
    .flat()
    .map((value, place) => ({ value, place, where: `${file}, entry ${place}` }));
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ProctorError('file-unreadable', { file, reason: coerceError(error).message }, { cause: error });
  }
}

function parseEntry(text: string, where: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw invalid(where, coerceError(error).message);
  }
}

function invalid(where: string, problem: string): ProctorError {
  return new ProctorError('dataset-invalid', { problem }, { where });
}
