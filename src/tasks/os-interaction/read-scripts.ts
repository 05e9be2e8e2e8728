import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ProctorError } from '../../base/index.ts';
import type { Entry, ScriptSource } from './problem-schema.ts';
import type { Script } from './problem.ts';

/** A script that an entry names is no file. */
export class MissingScript extends Error {
  override readonly name = 'MissingScript';
  readonly file: string;

  constructor(file: string) {
    super(`the script ${file} does not exist`);
    this.file = file;
  }
}

export type EntryScripts = {
  readonly init: readonly Script[];
  readonly start: Script | undefined;
  readonly example: Script | undefined;
  /** `null` stands for the example. */
  readonly check: readonly (Script | null)[];
};

/** Reads what an entry only names. Rejects with MissingScript or `file-unreadable`. */
export async function readScripts(
  { create, start, evaluation }: Entry,
  folder: string,
): Promise<EntryScripts> {
  const read = (source: ScriptSource) => readScript(source, folder);
  return {
    init: await Promise.all((create.init ?? []).map(read)),
    start: start && (await read(start)),
    example: evaluation.example && (await read(evaluation.example)),
    check: await Promise.all((evaluation.check ?? []).map(async (source) => source && read(source))),
  };
}

async function readScript(source: ScriptSource, folder: string): Promise<Script> {
  if ('code' in source) return source;
  const file = path.resolve(folder, source.file);
  try {
    return { language: source.language, code: await readFile(file, 'utf8') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new MissingScript(file);
    throw new ProctorError('file-unreadable', { file, reason: message }, { cause: error });
  }
}
