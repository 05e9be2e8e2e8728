/** Headers whose values are no secret. */
const plainHeaders =
  /^(content-type|accept|accept-encoding|accept-language|user-agent|anthropic-version|host)$/i;

const secretNames = /authorization|key|token|secret|password|credential/i;

/** Shorter values are too likely to be part of an ordinary word. */
const shortestSecret = 6;

export interface SecretSources {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly proxies: readonly string[];
}

/** Gives a function that writes `***` for each secret of a model API's settings, as servers repeat keys in their errors. */
export function createScrubber(sources: SecretSources): (text: string) => string {
  const secrets = new Set<string>();
  const add = (value: string) => {
    for (const secret of [value, decodeSafely(value)])
      if (secret.length >= shortestSecret) secrets.add(secret);
  };
  for (const [name, value] of Object.entries(sources.headers)) {
    if (plainHeaders.test(name)) continue;
    add(value);
    const credentials = /^\S+\s+(\S+)$/.exec(value)?.[1];
    if (credentials !== undefined) add(credentials);
  }
  for (const address of [sources.url, ...sources.proxies]) addAddress(address, add);
  addNamed(sources.body, add);
  const longestFirst = [...secrets].sort((left, right) => right.length - left.length);
  return (text) => longestFirst.reduce((scrubbed, secret) => scrubbed.replaceAll(secret, '***'), text);
}

/** An address without credentials and query, which may hold keys. */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return '(an address that cannot be read)';
  const url = new URL(address);
  return url.origin + url.pathname;
}

function addAddress(address: string, add: (value: string) => void): void {
  if (!URL.canParse(address)) return;
  const url = new URL(address);
  for (const value of url.searchParams.values()) add(value);
  add(url.password);
}

function addNamed(value: unknown, add: (value: string) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, child] of Object.entries(value)) {
    // "max_tokens" and its like are numbers, so only texts count.
    if (typeof child === 'string' && secretNames.test(name)) add(child);
    else addNamed(child, add);
  }
}

function decodeSafely(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // A lone % is an ordinary character of a key.
    return value;
  }
}
