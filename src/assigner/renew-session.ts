import { coerceError, every } from '../base/index.ts';
import { controllerRoutes } from '../protocol/index.ts';
import type { ControllerAbilities } from './controller-link.ts';
import type { SampleAttempt } from './sample-attempt.ts';

/** Runs `work`, and keeps the session from expiring for as long as that takes. A renewal that fails changes nothing. */
export async function renewWhile<T>(
  attempt: SampleAttempt,
  session: { readonly id: number; readonly abilities: ControllerAbilities },
  work: () => Promise<T>,
): Promise<T> {
  const { link, clock, log, timings } = attempt;
  const { turns, sessionTimeoutMs = Infinity } = session.abilities;
  if (!turns) return work();
  const isOver = new AbortController();
  const renew = async () => {
    try {
      const call = { timeoutMs: timings.lookupMs, signal: isOver.signal };
      await link.call(controllerRoutes.renew, { body: { session_id: session.id } }, call);
    } catch (error) {
      const reason = coerceError(error).message;
      if (!isOver.signal.aborted) log.debug('A session was not renewed', { session: session.id, reason });
    }
  };
  const timer = every(clock, Math.min(timings.renewEveryMs, sessionTimeoutMs / 3), () => void renew());
  try {
    return await work();
  } finally {
    timer.cancel();
    isOver.abort();
  }
}
