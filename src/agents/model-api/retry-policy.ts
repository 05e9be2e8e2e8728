/** A call is tried this often in all. */
export const defaultAttempts = 3;

const longestRetryAfterMs = 60_000;

/** Statuses that the same request may not meet again. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;
}

/** The pause after a failed try, 2 s after the first and growing; longer when the server asks for it, up to a minute. */
export function pauseAfter(attempt: number, retryAfterMs: number | undefined): number {
  return Math.max((attempt + 1) * 1000, Math.min(retryAfterMs ?? 0, longestRetryAfterMs));
}

/** A `retry-after` header in milliseconds from `nowMs`: seconds or a date. */
export function readRetryAfter(header: unknown, nowMs: number): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return seconds < 0 ? undefined : seconds * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
