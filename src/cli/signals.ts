import { fstatSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** What asked the program to stop. */
export type StopCause = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'supervisor-gone' | 'input-closed';

export interface StopRequest {
  /** Aborted at the first request to stop. */
  readonly signal: AbortSignal;
  /** What asked for it first. */
  readonly cause: () => StopCause | undefined;
}

export interface StopWatch {
  /** Called at the second request, right before the program ends with 130. */
  readonly onSecond?: () => void;
  /** Also stop when this is closed by whoever started the program. */
  readonly input?: Readable;
}

const interruptedCode = 130;

/**
 * Listens for requests to stop: signals, the end of the supervisor that started this process, and a closed input.
 * The first is for the program to obey, the second ends it at once.
 */
export function watchStopRequests({ onSecond, input }: StopWatch = {}): StopRequest {
  const controller = new AbortController();
  let first: StopCause | undefined;
  const request = (cause: StopCause) => {
    if (first === undefined) {
      first = cause;
      controller.abort(new Error(`stopped: ${cause}`));
      return;
    }
    if (cause === 'supervisor-gone' || cause === 'input-closed') return;
    onSecond?.();
    process.exit(interruptedCode);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => request(name));
  if (process.channel) process.on('disconnect', () => request('supervisor-gone'));
  if (input && canBeClosed()) {
    input.once('end', () => request('input-closed'));
    input.once('error', () => request('input-closed'));
    input.resume();
  }
  return { signal: controller.signal, cause: () => first };
}

/**
 * A pipe or a file can be closed by whoever started the program. The null device was never open; and reading a terminal would halt
 * a program in the background, while its closing is told by SIGHUP.
 */
function canBeClosed(): boolean {
  try {
    return !fstatSync(0).isCharacterDevice();
  } catch {
    return false;
  }
}

/** Tells the supervisor, if there is one, where this program listens, and from then on gives it a sign of life when it asks for one. */
export function reportListening(port: number): void {
  process.on('message', (message: unknown) => {
    const isPing = typeof message === 'object' && message !== null && 'type' in message;
    if (isPing && message.type === 'ping') tellSupervisor({ type: 'pong' });
  });
  tellSupervisor({ type: 'listening', port });
}

/** That the supervisor is gone is told by the channel's end. */
function tellSupervisor(message: object): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
