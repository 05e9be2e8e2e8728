/** Said by servers whatever the status; no other failure is called so. */
const plainWords =
  /context_length_exceeded|context[ _-](length|window|size)|maximum (context|prompt|input)|(prompt|input)[^.]{0,60} too long|(prompt|input)[^.]{0,60} exceeds?[^.]{0,60} tokens/;

/** Failures of other kinds that talk of tokens, prompts and limits as well. */
const otherFailures =
  /rate.?limit|per minute|per day|quota|billing|credit|unsupported|not supported|deadline|max_(completion_|output_|new_)?tokens is too large/;

/** The reference's rule: a word of each list. */
const subjects = ['prompt', 'context', 'tokens'];
const excesses = ['limit', 'exceed', 'max', 'long', 'much', 'many', 'reach', 'over', 'up', 'beyond'];

/** Statuses by which a server refuses this very request; only here are the loose words enough. */
const refusals = new Set([400, 413, 422]);

/** Statuses that say by themselves what is wrong, and it is not the history. */
const neverContext = new Set([401, 402, 403, 404, 407, 408, 429]);

/**
 * Whether a failed call failed since the history does not fit the model any more. Rate limits, unknown options and
 * overloaded servers use the same words; taking those for a full context would book them as the agent's failure.
 */
export function isContextLimit(status: number, body: string): boolean {
  if (neverContext.has(status)) return false;
  const text = body.toLowerCase();
  // Servers repeat parts of the history, so that the plain words count before those of other failures.
  if (plainWords.test(text)) return true;
  if (!refusals.has(status) || otherFailures.test(text)) return false;
  return subjects.some((word) => text.includes(word)) && excesses.some((word) => text.includes(word));
}
