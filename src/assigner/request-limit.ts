import type { ControllerAbilities } from './controller-link.ts';
import type { SampleAttempt } from './sample-attempt.ts';

/**
 * How long one start or turn may take, in ms. A controller with turns ends a step at its own limit and says so: it is given the time for
 * that, however long the limit is.
 */
export function limitRequest(
  { limits, timings }: Pick<SampleAttempt, 'limits' | 'timings'>,
  abilities: ControllerAbilities,
): number {
  if (!abilities.turns) return timings.requestMs;
  const stepSeconds = limits.stepSeconds ?? abilities.stepTimeoutSeconds ?? 0;
  return Math.max(timings.requestMs, Math.ceil(stepSeconds * 1000) + timings.replyMarginMs);
}
