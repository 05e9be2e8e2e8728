import { expect, it } from 'vitest';
import { isTransientStatus, pauseAfter, readRetryAfter } from './retry-policy.ts';

it('pauses longer after each try, and as long as the server asks for, up to a minute', () => {
  expect([1, 2, 3].map((attempt) => pauseAfter(attempt, undefined))).toEqual([2000, 3000, 4000]);
  expect(pauseAfter(1, 20_000)).toBe(20_000);
  expect(pauseAfter(1, 3_600_000)).toBe(60_000);
});

it('reads retry-after as seconds or as a date', () => {
  const nowMs = Date.UTC(2026, 0, 1);
  expect(readRetryAfter('7', nowMs)).toBe(7000);
  expect(readRetryAfter(new Date(nowMs + 9000).toUTCString(), nowMs)).toBe(9000);
  expect(readRetryAfter('soon', nowMs)).toBeUndefined();
  expect(readRetryAfter(undefined, nowMs)).toBeUndefined();
});

it('takes refusals for final and overload for passing', () => {
  expect([400, 401, 403, 404, 422].filter(isTransientStatus)).toEqual([]);
  expect([408, 429, 500, 502, 503].filter(isTransientStatus)).toHaveLength(5);
});
