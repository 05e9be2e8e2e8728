import { coerceError, ProctorError, sleep, type Clock } from '../base/index.ts';
import { callRoute, controllerRoutes, TransportError, type Peer } from '../protocol/index.ts';

export interface ControllerSearch {
  readonly controller: Peer;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly patienceMs: number;
  /** Called once, when it does not answer at the first try. */
  readonly onWaiting?: (reason: string) => void;
  readonly pollMs?: number;
  readonly requestTimeoutMs?: number;
}

/** Asks once whether a controller answers; gives the reason when it does not. Throws `token-refused` when it does, but not to this program. */
export async function probeController(
  controller: Peer,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<string | undefined> {
  try {
    await callRoute(controller, controllerRoutes.listWorkers, { timeoutMs, signal });
    return undefined;
  } catch (error) {
    if (signal.aborted) throw coerceError(signal.reason);
    if (ProctorError.is(error) && error.code === 'token-refused') throw error;
    if (error instanceof TransportError && error.fault === 'refused') return 'nobody listens there';
    return coerceError(error).message;
  }
}

/** Resolves when the controller answers; throws `controller-unreachable` after `patienceMs`, and `token-refused` at once. */
export async function waitForController(search: ControllerSearch): Promise<void> {
  const { controller, clock, signal, patienceMs, onWaiting, pollMs = 250, requestTimeoutMs = 5_000 } = search;
  const deadlineMs = clock.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    const reason = await probeController(controller, { timeoutMs: requestTimeoutMs, signal });
    if (reason === undefined) return;
    if (clock.now() >= deadlineMs) {
      throw new ProctorError('controller-unreachable', { address: controller.address, reason });
    }
    if (attempt === 1) onWaiting?.(reason);
    await sleep(clock, pollMs, signal);
  }
}

/** The port of a controller's address; throws `usage-invalid` for what is no HTTP address. */
export function readControllerAddress(address: string): {
  readonly port: number;
  readonly isLocal: boolean;
  readonly isSecured: boolean;
} {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new ProctorError('usage-invalid', {
      problem: `"${address}" is no controller's address`,
      wanted: 'an address such as http://localhost:5000/api',
      command: 'proctor start-task',
    });
  }
  const isSecured = url.protocol === 'https:';
  const usualPort = isSecured ? 443 : 80;
  return {
    port: url.port === '' ? usualPort : Number(url.port),
    isSecured,
    isLocal: ['localhost', '127.0.0.1', '[::1]', '0.0.0.0'].includes(url.hostname),
  };
}
