import { ProctorError, type Clock, type Logger } from '../base/index.ts';
import {
  checkPortFree,
  probeController,
  readControllerAddress,
  waitForController,
  type Fleet,
} from '../launcher/index.ts';
import type { Transport } from '../protocol/index.ts';

export interface ControllerNeed {
  readonly fleet: Fleet;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Start one when nobody answers. */
  readonly mayStart: boolean;
  /** Where a started one listens; containers reach only 0.0.0.0. */
  readonly host: string;
}

const probeTimeoutMs = 5_000;
const patienceMs = 15_000;

/**
 * Makes sure that a controller answers at the address: one that is there is used; else one is started on that port, or waited for
 * where none may be started. Throws `controller-unreachable`, `controller-lost`, `address-taken`.
 */
export async function findOrStartController(address: string, need: ControllerNeed): Promise<void> {
  const { fleet, transport, clock, log, signal, mayStart, host } = need;
  const controller = { transport, address };
  const onWaiting = (reason: string) =>
    log.warn(`waiting up to ${patienceMs / 1000} s for the controller at ${address}: ${reason}`);
  if (!mayStart) return waitForController({ controller, clock, signal, patienceMs, onWaiting });
  const reason = await probeController(controller, { timeoutMs: probeTimeoutMs, signal });
  if (reason === undefined) {
    log.info(`a controller answers at ${address}; it is used`);
    return;
  }
  const { port, isLocal } = readControllerAddress(address);
  if (!isLocal)
    throw new ProctorError('controller-unreachable', {
      address,
      reason: `${reason}; it is not on this machine`,
    });
  await checkPortFree(port, host);
  await fleet.startController({ host, port });
  await waitForController({ controller, clock, signal, patienceMs });
  log.info(`task-controller is ready at ${address}`);
}
