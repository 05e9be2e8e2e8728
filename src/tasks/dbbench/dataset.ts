import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { coerceError, parseJson, ProctorError, type Json } from '../../base/index.ts';
import { readSample, type DbBenchSample } from './sample-schema.ts';

/** The project's own samples lie beside `src` and `dist` alike. */
const ownSamples = fileURLToPath(new URL('../../../data/dbbench/samples.jsonl', import.meta.url));

/**
 * Reads the samples of a `.json` file (one list) or any other (one entry a line); without a file, the project's own.
 * Throws `file-missing`, `file-unreadable` or `dataset-invalid`.
 */
export async function readDataset(
  file: string | undefined,
  folder: string,
): Promise<readonly DbBenchSample[]> {
  const location = file === undefined ? ownSamples : path.resolve(folder, file);
  const text = await readText(location);
  const entries = location.endsWith('json') ? parseList(location, text) : parseLines(location, text);
  return entries.map(({ entry, where }) => {
    const sample = readSample(entry);
    if ('problem' in sample) throw invalid(where, sample.problem);
    return sample;
  });
}

type LocatedEntry = { readonly entry: Json; readonly where: string };

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new ProctorError('file-missing', { file }, { cause: error });
    throw new ProctorError('file-unreadable', { file, reason: message }, { cause: error });
  }
}

function parseList(file: string, text: string): LocatedEntry[] {
  const list = parseEntry(text, file);
  if (!Array.isArray(list)) throw invalid(file, 'the file holds no list');
  return list.map((entry: Json, index) => ({ entry, where: `${file}, entry ${index}` }));
}

function parseLines(file: string, text: string): LocatedEntry[] {
  return text.split('\n').flatMap((line, index) => {
    const where = `${file}:${index + 1}`;
    return line.trim() === '' ? [] : [{ entry: parseEntry(line, where), where }];
  });
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
