import { WireError } from '../protocol/index.ts';

/**
 * Whether a worker may join with this address: the controller will send requests there. With `allowed`, only if one of its patterns
 * fits: a host or host:port, in which `*` stands for any text, in one of numbers for any number. Throws the wire's `worker-address-invalid` or `worker-not-allowed`.
 */
export function checkWorkerAddress(address: string, allowed: readonly string[] | undefined): void {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !isPlain(url)) throw WireError.of('worker-address-invalid');
  if (allowed && !allowed.some((pattern) => fits(url, pattern)))
    throw WireError.of('worker-not-allowed', { address: url.host });
}

/** As `checkWorkerAddress`, without its errors. */
export function admitsWorker(address: string, allowed: readonly string[] | undefined): boolean {
  try {
    checkWorkerAddress(address, allowed);
    return true;
  } catch {
    return false;
  }
}

/** Whether a pattern has the form that `checkWorkerAddress` knows; one that has not would fit nothing. */
export function isWorkerPattern(pattern: string): boolean {
  return patternForm.test(pattern);
}

const patternForm = /^(\[[^\]]*\]|[^:/[\]\s]+)(?::([\d*]+))?$/;

function isPlain({ protocol, username, password, search, hash }: URL): boolean {
  return (
    ['http:', 'https:'].includes(protocol) && [username, password, search, hash].every((part) => part === '')
  );
}

function fits({ protocol, hostname, port }: URL, pattern: string): boolean {
  const [, host = '', wantedPort = '*'] = patternForm.exec(pattern.toLowerCase()) ?? [];
  const usualPort = protocol === 'https:' ? '443' : '80';
  return matches(hostname, host) && matches(port || usualPort, wantedPort);
}

function matches(text: string, pattern: string): boolean {
  // 10.0.0.* means the addresses of a network, not a name that begins so.
  const wildcard = /\d/.test(pattern) && /^[\d.*]+$/.test(pattern) ? '\\d+' : '.*';
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join(wildcard)}$`).test(text);
}
