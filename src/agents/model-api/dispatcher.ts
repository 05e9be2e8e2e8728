import { Agent, ProxyAgent, type Dispatcher } from 'undici';

export interface DispatcherSettings {
  readonly url: string;
  /** By scheme (`http`, `https`, `all`), or by scheme and host (`https://api.example.com`). */
  readonly proxies: Readonly<Record<string, string>>;
  readonly verifyTls: boolean;
}

const largestReplyBytes = 64 * 1024 * 1024;

/** The pool of connections to one API, through its proxy where there is one. Time-outs are the caller's. */
export function createDispatcher({ url, proxies, verifyTls }: DispatcherSettings): Dispatcher {
  const settings = { headersTimeout: 0, bodyTimeout: 0, maxResponseSize: largestReplyBytes };
  const tls = { rejectUnauthorized: verifyTls };
  const proxy = chooseProxy(url, proxies);
  if (proxy === undefined) return new Agent({ ...settings, connect: tls });
  // Plain http goes through the proxy request by request, as other clients do it; https through a tunnel.
  return new ProxyAgent({ ...settings, uri: proxy, proxyTunnel: false, requestTls: tls, proxyTls: tls });
}

/** The proxy for a url; the most specific entry counts. */
export function chooseProxy(url: string, proxies: Readonly<Record<string, string>>): string | undefined {
  const { protocol, hostname } = new URL(url);
  const scheme = protocol.slice(0, -1);
  const places = [`${scheme}://${hostname}`, scheme, `all://${hostname}`, 'all'];
  const chosen = places.map((place) => proxies[place]).find((proxy) => proxy !== undefined && proxy !== '');
  if (chosen === undefined) return undefined;
  return chosen.includes('://') ? chosen : `http://${chosen}`;
}
