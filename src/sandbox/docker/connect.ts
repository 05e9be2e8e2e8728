import Docker from 'dockerode';
import { Agent } from 'node:http';
import { ProctorError, type Clock, type Logger } from '../../base/index.ts';
import { Engine, severalTries } from './engine.ts';
import { reasonOf } from './engine-error.ts';

export interface ConnectSettings {
  readonly clock: Clock;
  readonly log: Logger;
  /** `unix:///path` or `tcp://name:port`, as DOCKER_HOST has it; that variable, or the usual socket, without it. */
  readonly host?: string | undefined;
  /** Milliseconds that a request may take; 30,000 without it. */
  readonly callLimitMs?: number | undefined;
}

const usualCallLimitMs = 30_000;

/** Rejects with `sandbox-engine-unreachable`. Tells the log of limits that this engine cannot hold. */
export async function connect(settings: ConnectSettings): Promise<Engine> {
  const { clock, log, callLimitMs = usualCallLimitMs } = settings;
  let address = settings.host ?? 'DOCKER_HOST';
  try {
    const docker = openClient(settings.host);
    address = settings.host ?? addressOf(docker);
    const engine = new Engine({ docker, clock, callLimitMs });
    const ask = { operation: 'its first answer', tries: severalTries };
    await engine.call(ask, () => docker.ping());
    const info = (await engine.call(ask, () => docker.info())) as EngineInfo;
    const missing = missingLimits(info);
    if (missing.length > 0)
      log.warn(
        `the container engine at ${address} cannot limit ${missing.join(', ')}: sandboxes run without`,
      );
    log.debug('connected to a container engine', {
      address,
      version: info.ServerVersion,
      storage: info.Driver,
    });
    return engine;
  } catch (error) {
    throw new ProctorError(
      'sandbox-engine-unreachable',
      { address, reason: reasonOf(error) },
      { cause: error },
    );
  }
}

interface EngineInfo {
  readonly ServerVersion?: string;
  readonly Driver?: string;
  readonly MemoryLimit?: boolean;
  readonly PidsLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
}

function missingLimits({ MemoryLimit, PidsLimit, CpuCfsQuota }: EngineInfo): string[] {
  const limits = { memory: MemoryLimit, processes: PidsLimit, 'processor time': CpuCfsQuota };
  return Object.entries(limits).flatMap(([name, holds]) => (holds === false ? [name] : []));
}

/**
 * Without a host the library looks where Docker's own client does: DOCKER_HOST with its certificates, then the usual socket. With one,
 * everything is given, so that nothing is mixed in from there.
 */
function openClient(host: string | undefined): Docker {
  // A connection is used once: one that is kept may be closed by the engine in the moment of the next request, and not every
  // request may be sent again.
  const usedOnce = { agent: new Agent({ keepAlive: false }) };
  if (host === undefined) return new Docker(usedOnce as Docker.DockerOptions);
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (url?.protocol === 'unix:')
    return new Docker({ socketPath: url.pathname, host: undefined, port: undefined, ...usedOnce });
  if (url?.protocol !== 'tcp:' && url?.protocol !== 'http:')
    throw new Error('the address must begin with unix:// or tcp://');
  return new Docker({ host: url.hostname, port: url.port || '2375', protocol: 'http', ...usedOnce });
}

/** Of what the library found; a socket that it only looks for when it is asked is the usual one. */
function addressOf({ modem }: Docker): string {
  const { host, port, socketPath } = modem as ModemAddress;
  if (host !== undefined) return `tcp://${host}:${port}`;
  return typeof socketPath === 'string' ? `unix://${socketPath}` : 'unix:///var/run/docker.sock';
}

/** What the library's types leave out. */
interface ModemAddress {
  readonly host?: string;
  readonly port?: string | number;
  readonly socketPath?: unknown;
}
