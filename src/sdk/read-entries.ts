import { readFile } from 'node:fs/promises';
import { coerceError, parseJson, ProctorError, type Json } from '../base/index.ts';

/** One entry of a file of samples. */
export type LocatedEntry = {
  readonly entry: Json;
  /** For people: the file and the line, or the file and the entry's number. */
  readonly where: string;
};

/**
 * Reads a data set's file: one list, or one entry, where its name ends in `json`; else an entry a line, empty lines left out. Rejects with
 * `file-missing`, `file-unreadable` or `dataset-invalid`.
 */
export async function readEntries(file: string): Promise<readonly LocatedEntry[]> {
  const text = await readText(file);
  if (file.endsWith('json'))
    return [parseEntry(text, file)]
      .flat()
      .map((entry: Json, place) => ({ entry, where: `${file}, entry ${place}` }));
  return text.split('\n').flatMap((line, index) => {
    const where = `${file}:${index + 1}`;
    return line.trim() === '' ? [] : [{ entry: parseEntry(line, where), where }];
  });
}

/** What a data set's file has wrong, and where. */
export function datasetInvalid(where: string, problem: string): ProctorError {
  return new ProctorError('dataset-invalid', { problem }, { where });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new ProctorError('file-missing', { file }, { cause: error });
    throw new ProctorError('file-unreadable', { file, reason: message }, { cause: error });
  }
}

function parseEntry(text: string, where: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw datasetInvalid(where, coerceError(error).message);
  }
}
