import { z } from 'zod';
import { defaultAttempts } from './retry-policy.ts';

const httpAddress = z.url({
  protocol: /^https?$/,
  hostname: /./,
  error: 'expected an address such as https://api.example.com/v1/chat/completions',
});

const headerValue = z.union([
  z.string(),
  z.number().transform(String),
  z.boolean().transform(String),
  z.null(),
]);

/** Header lines and the like: names to texts; an entry that is null is left out. */
export const textEntries = z
  .record(z.string(), headerValue)
  .nullish()
  .transform((entries): Readonly<Record<string, string>> => {
    const given = Object.entries(entries ?? {}).flatMap(([name, value]) =>
      value === null ? [] : [[name, value] as const],
    );
    return Object.fromEntries(given);
  });

/** The longest delay that a timer can hold. */
const longestTimeoutMs = 2 ** 31 - 1;

/** What agents behind an API have in common. */
export const modelApiFields = {
  /** The limit of one try; 120,000 unless told otherwise. */
  timeoutMs: z.number().positive().max(longestTimeoutMs).default(120_000),
  /** How often a call is tried in all. */
  attempts: z.int().min(1).max(100).default(defaultAttempts),
  proxies: textEntries,
  /** False for a server with a certificate of its own making. */
  verifyTls: z.boolean().default(true),
} as const;

export const modelApiUrl = httpAddress;
