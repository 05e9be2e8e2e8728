import { callRoute, controllerRoutes, type ListWorkersReply, type Peer } from '../protocol/index.ts';
import { coerceError, sleep, type Clock } from '../base/index.ts';

/** A worker that is waited for. */
export interface AwaitedWorker {
  readonly task: string;
  readonly label: string;
  /** Where it will be listed; undefined as long as it does not listen. */
  readonly address: () => string | undefined;
}

export interface ReadyObserver {
  readonly onReady: (label: string, waitedMs: number) => void;
  /** Called after each `noticeAfterMs` with those that are still missing. */
  readonly onWaiting?: (labels: readonly string[], waitedMs: number) => void;
}

export interface WaitReadyRequest {
  readonly controller: Peer;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly observer: ReadyObserver;
  readonly requestTimeoutMs?: number;
  readonly noticeAfterMs?: number;
}

const aliveStatus = 0;

/** Most workers are there within a second; some load for minutes, and the list may be long. */
const firstPollMs = 50;
const longestPollMs = 500;

/**
 * Resolves when the controller lists every worker as alive, and tells each one when it is there. Waits without a limit: a
 * worker may load its data for minutes. Rejects only with the signal's reason.
 */
export async function waitForWorkers(
  workers: readonly AwaitedWorker[],
  request: WaitReadyRequest,
): Promise<void> {
  const { clock, signal, observer, noticeAfterMs = 15_000 } = request;
  const startMs = clock.now();
  const missing = new Set(workers);
  let nextNoticeMs = startMs + noticeAfterMs;
  for (let pollMs = firstPollMs; missing.size > 0; pollMs = Math.min(2 * pollMs, longestPollMs)) {
    const listed = await listWorkers(request);
    for (const worker of missing) {
      if (!isListed(listed, worker)) continue;
      missing.delete(worker);
      observer.onReady(worker.label, clock.now() - startMs);
    }
    if (missing.size === 0) return;
    if (clock.now() >= nextNoticeMs) {
      nextNoticeMs += noticeAfterMs;
      observer.onWaiting?.(
        [...missing].map(({ label }) => label),
        clock.now() - startMs,
      );
    }
    await sleep(clock, pollMs, signal);
  }
}

/** True when the controller lists a living worker of that task at that address; `localhost` and `127.0.0.1` are the same. */
export function isListed(listed: ListWorkersReply, worker: AwaitedWorker): boolean {
  const address = worker.address();
  if (address === undefined) return false;
  const entries = Object.values(listed[worker.task]?.workers ?? {});
  return entries.some(
    (entry) => entry.status === aliveStatus && canonical(entry.address) === canonical(address),
  );
}

/** A controller that does not answer for a moment lists nobody; whether it is there at all is asked elsewhere. */
async function listWorkers(request: WaitReadyRequest): Promise<ListWorkersReply> {
  const { controller, signal, requestTimeoutMs = 5_000 } = request;
  try {
    return await callRoute(controller, controllerRoutes.listWorkers, { timeoutMs: requestTimeoutMs, signal });
  } catch {
    if (signal.aborted) throw coerceError(signal.reason);
    return {};
  }
}

function canonical(address: string): string {
  return address.replace(/\/+$/, '').replace('//127.0.0.1', '//localhost');
}
