import { coerceError, withDeadline, type Clock, type Logger } from '../base/index.ts';
import type { HttpServer } from '../http/index.ts';
import { exitCodes } from './shell.ts';
import type { StopRequest } from './signals.ts';

/** Resolves when the signal is aborted. */
export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

interface ServerClosing {
  readonly clock: Clock;
  readonly log: Logger;
  /** Requests under way are given so long. */
  readonly limitMs: number;
}

/** The limit unless told otherwise, as a duration on the command line; below what a supervisor waits for a controller. */
export const defaultCloseLimit = '1500ms';

/** Stops listening; connections that are still busy after the limit end with the process. */
export async function closeServer(server: HttpServer, closing: ServerClosing): Promise<void> {
  const { clock, log, limitMs } = closing;
  const deadline = { clock, limitMs, operation: 'Answering the last requests' };
  await withDeadline(deadline, () => server.close()).catch((error: unknown) =>
    log.debug(coerceError(error).message),
  );
}

/** A server's exit code: 130 after Ctrl-C, 0 when it was told to end in another way. */
export function serverExitCode(stop: StopRequest): number {
  return stop.cause() === 'SIGINT' ? exitCodes.interrupted : exitCodes.done;
}
