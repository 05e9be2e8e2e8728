import { isIPv4, isIPv6 } from 'node:net';
import { ProctorError } from '../base/index.ts';
import type { HttpServerOptions, HttpTransportOptions } from '../http/index.ts';
import {
  readClientAccess,
  readPemFile,
  type ClientAccessOptions,
  type CommandPlace,
} from './client-access.ts';
import { parseCount } from './parse-options.ts';

export interface ServerAccessOptions extends ClientAccessOptions {
  readonly host: string;
  readonly insecure?: boolean;
  /** Files, both or none. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** In MiB. */
  readonly maxBody: string;
}

export interface ServerAccess {
  readonly client: HttpTransportOptions;
  readonly server: Omit<HttpServerOptions, 'log'>;
  readonly scheme: 'http' | 'https';
  /** What the owner of this program should know of who can reach it. */
  readonly warning?: string;
}

const bytesPerMiB = 2 ** 20;

/**
 * Who may reach a server, and how. Throws `address-exposed` when other machines can reach it, nobody asks them for a token, and nobody
 * said that this is meant; `usage-invalid` for flags that make no sense.
 */
export function readServerAccess(options: ServerAccessOptions, place: CommandPlace): ServerAccess {
  const client = readClientAccess(options, place);
  const { token } = client;
  const isExposed = token === undefined && !isLoopback(options.host);
  const problem = `--host is "${options.host}", which other machines may reach`;
  if (isExposed && options.insecure !== true) throw describeExposure(problem);
  const tls = readIdentity(options, place);
  const { command } = place;
  const bodyBytes = parseCount(options.maxBody, { flag: '--max-body', command }) * bytesPerMiB;
  return {
    client,
    server: { token, tls, limits: { bodyBytes } },
    scheme: tls ? 'https' : 'http',
    ...(isExposed ? { warning: `${problem}, and no token protects it` } : {}),
  };
}

/** The error for a server that everybody could use; not all programs can send a token. */
export function describeExposure(
  problem: string,
  { canHaveToken = true }: { readonly canHaveToken?: boolean } = {},
): ProctorError {
  const wanted = 'an address that only this machine reaches, such as 127.0.0.1';
  const consent = 'give --insecure, if everybody who reaches this machine may use it';
  return new ProctorError('address-exposed', {
    problem,
    wanted: canHaveToken ? `a token, or ${wanted}` : wanted,
    advice: canHaveToken
      ? `Give all programs of the evaluation the same --token or PROCTOR_TOKEN; or ${consent}`
      : `Run these tasks without containers; or ${consent}`,
  });
}

/** True for 127.0.0.0/8, ::1 and localhost. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  if (isIPv4(host)) return host.startsWith('127.');
  const url = `http://[${host}]`;
  if (!isIPv6(host) || !URL.canParse(url)) return false;
  return /^\[(?:::1|::ffff:7f[0-9a-f]{2}:[0-9a-f]+)\]$/.test(new URL(url).hostname);
}

function readIdentity(
  { tlsCert, tlsKey }: ServerAccessOptions,
  place: CommandPlace,
): HttpServerOptions['tls'] {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    const [given, missing] = tlsKey === undefined ? ['--tls-cert', '--tls-key'] : ['--tls-key', '--tls-cert'];
    throw new ProctorError('usage-invalid', {
      problem: `${given} is given without ${missing}`,
      wanted: 'both or none of --tls-cert and --tls-key',
      command: place.command,
    });
  }
  return {
    certificate: readPemFile(tlsCert, { flag: '--tls-cert', ...place }),
    key: readPemFile(tlsKey, { flag: '--tls-key', ...place }),
  };
}
