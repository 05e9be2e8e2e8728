import { ProctorError, type Clock, type Logger } from '../base/index.ts';
import {
  checkPortFree,
  probeController,
  readControllerAddress,
  waitForController,
  type Fleet,
} from '../launcher/index.ts';
import type { Transport } from '../protocol/index.ts';

interface Surroundings {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface ControllerSearch extends Surroundings {
  /** Ask once, since one is started when nobody answers. */
  readonly mayStart: boolean;
}

export interface ControllerStart extends Surroundings {
  readonly fleet: Fleet;
  /** Where a started one listens; containers reach only 0.0.0.0. */
  readonly host: string;
  /** More arguments for a started one. */
  readonly flags: readonly string[];
}

const probeTimeoutMs = 5_000;
const patienceMs = 15_000;

/**
 * Tells whether a controller answers at the address; where none may be started, it is waited for. False: one can be started there.
 * Throws `controller-unreachable`, and `token-refused` when one is there and does not hear this program.
 */
export async function findController(address: string, search: ControllerSearch): Promise<boolean> {
  const { transport, clock, log, signal, mayStart } = search;
  const controller = { transport, address };
  const onWaiting = (reason: string) =>
    log.warn(`waiting up to ${patienceMs / 1000} s for the controller at ${address}: ${reason}`);
  if (!mayStart) {
    await waitForController({ controller, clock, signal, patienceMs, onWaiting });
    return true;
  }
  const reason = await probeController(controller, { timeoutMs: probeTimeoutMs, signal });
  if (reason === undefined) {
    log.info(`a controller answers at ${address}; it is used`);
    return true;
  }
  const { isLocal, isSecured } = readControllerAddress(address);
  if (isLocal && !isSecured) return false;
  const hindrance = isLocal ? 'none is started at an https address' : 'it is not on this machine';
  throw new ProctorError('controller-unreachable', { address, reason: `${reason}; ${hindrance}` });
}

/** Starts a controller at an address of this machine. Throws `controller-unreachable`, `controller-lost`, `address-taken`. */
export async function startController(address: string, start: ControllerStart): Promise<void> {
  const { fleet, transport, clock, log, signal, host, flags } = start;
  const controller = { transport, address };
  const { port } = readControllerAddress(address);
  await checkPortFree(port, host);
  await fleet.startController({ host, port, flags });
  await waitForController({ controller, clock, signal, patienceMs });
  log.info(`task-controller is ready at ${address}`);
}
