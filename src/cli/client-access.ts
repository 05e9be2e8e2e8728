import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { coerceError, ProctorError } from '../base/index.ts';
import type { HttpTransportOptions } from '../http/index.ts';
import { tokenVariable } from '../launcher/index.ts';
import type { Shell } from './shell.ts';

export interface ClientAccessOptions {
  readonly token?: string;
  /** A file. */
  readonly tlsCa?: string;
}

export interface CommandPlace {
  readonly shell: Shell;
  readonly command: string;
}

/** Visible characters of ASCII: others cannot stand in a header. */
const tokenForm = /^[\x21-\x7e]+$/;

/**
 * How a command shows itself to other programs and whom it trusts; its token is a secret from now on.
 * Throws `usage-invalid`.
 */
export function readClientAccess(options: ClientAccessOptions, place: CommandPlace): HttpTransportOptions {
  const token = readToken(options, place);
  const { tlsCa } = options;
  if (tlsCa === undefined) return { token };
  const trustedCertificates = readPemFile(tlsCa, { flag: '--tls-ca', ...place });
  try {
    new X509Certificate(trustedCertificates);
  } catch (error) {
    const problem = `--tls-ca is "${tlsCa}", which holds no certificate: ${coerceError(error).message}`;
    throw new ProctorError('usage-invalid', { problem, wanted: pemWanted, command: place.command });
  }
  return { token, trustedCertificates };
}

const pemWanted = 'a file in PEM form that this user may read';

/** The text of a file that a flag names. Throws `usage-invalid`. */
export function readPemFile(file: string, place: CommandPlace & { readonly flag: string }): string {
  const { flag, shell, command } = place;
  try {
    return readFileSync(path.resolve(shell.folder, file), 'utf8');
  } catch (error) {
    const problem = `${flag} is "${file}", which cannot be read: ${coerceError(error).message}`;
    throw new ProctorError('usage-invalid', { problem, wanted: pemWanted, command }, { cause: error });
  }
}

/** What is to be said beside a command that is to be given again; the token itself is never shown. */
export function remindOfToken({ token }: ClientAccessOptions): string {
  return token === undefined ? '' : '   (and the same --token)';
}

/** The flag's value counts more than the environment's. */
function readToken({ token: flagged }: ClientAccessOptions, place: CommandPlace): string | undefined {
  const { shell, command } = place;
  const token = flagged ?? shell.environment[tokenVariable];
  if (token === undefined) return undefined;
  shell.secrets.push(token);
  if (tokenForm.test(token)) return token;
  const name = flagged === undefined ? tokenVariable : '--token';
  const problem =
    token === '' ? `${name} is empty` : `${name} has characters that cannot be sent in a header`;
  throw new ProctorError('usage-invalid', {
    problem,
    wanted: 'letters, digits and signs of ASCII without spaces; without a token, no such flag or variable',
    command,
  });
}
