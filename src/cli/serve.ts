import { coerceError, withDeadline, type Clock, type Logger } from '../base/index.ts';
import type { HttpServer } from '../http/index.ts';
import { exitCodes } from './shell.ts';
import type { StopRequest } from './signals.ts';

/** Requests under way at the end are given so long; then their connections are dropped. */
const closeLimitMs = 1_500;

/** Resolves when the signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Stops listening; connections that are still busy after a moment end with the process. */
export async function closeServer(server: HttpServer, clock: Clock, log: Logger): Promise<void> {
  const deadline = { clock, limitMs: closeLimitMs, operation: 'Answering the last requests' };
  await withDeadline(deadline, () => server.close()).catch((error: unknown) =>
    log.debug(coerceError(error).message),
  );
}

/** A server's exit code: 130 after Ctrl-C, 0 when it was told to end in another way. */
export function serverExitCode(stop: StopRequest): number {
  return stop.cause() === 'SIGINT' ? exitCodes.interrupted : exitCodes.done;
}
