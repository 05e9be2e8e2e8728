import { readFileSync, realpathSync } from 'node:fs';
import { extname } from 'node:path';
import { coerceError, ProctorError } from '../base/index.ts';
import type { ConfigNode } from './config-node.ts';
import { readJson } from './read-json.ts';
import { readYaml } from './read-yaml.ts';

/** The file's real path. Throws `file-missing` with `where`, the place that names the file. */
export function findConfigFile(file: string, where: string | undefined): string {
  try {
    return realpathSync(file);
  } catch (cause) {
    throw readFault(file, where, cause);
  }
}

/**
 * Reads one `.yaml`, `.yml` or `.json` file, lower case only, without following its imports.
 * Throws `file-missing`, `file-unreadable`, `config-suffix` or `config-syntax`.
 */
export function readConfigFile(file: string, where: string | undefined): ConfigNode {
  const read = readers.get(extname(file));
  if (!read) throw new ProctorError('config-suffix', { file }, { where });
  return read(readText(file, where), file);
}

const readers: ReadonlyMap<string, (text: string, file: string) => ConfigNode> = new Map([
  ['.yaml', readYaml],
  ['.yml', readYaml],
  ['.json', readJson],
]);

function readText(file: string, where: string | undefined): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw readFault(file, where, cause);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ProctorError('file-unreadable', { file, reason: 'it is not UTF-8 text' }, { where, cause });
  }
}

function readFault(file: string, where: string | undefined, cause: unknown): ProctorError {
  const error: NodeJS.ErrnoException = coerceError(cause);
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    return new ProctorError('file-missing', { file }, { where, cause });
  }
  const reason = reasons.get(error.code ?? '') ?? error.message;
  return new ProctorError('file-unreadable', { file, reason }, { where, cause });
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'this user may not read it'],
  ['ELOOP', 'its symbolic links run in a circle'],
]);
