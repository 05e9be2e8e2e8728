import type { Json, JsonObject } from '../base/index.ts';
import { credentialsInText, isSecretKey, isUnfilled, mask, redactText } from './secret-text.ts';

/**
 * A copy that may be shown and saved. `***` stands for each string at or below a key that says Authorization, key, token,
 * secret or password, for each string that is one of `secrets`, and for a secret's text inside other strings and URLs.
 * Numbers, booleans and values that are still to be filled in stay.
 */
export function redactSecrets(value: Json, secrets: readonly string[] = []): Json {
  const known = new Set(secrets);
  const redact = (item: Json, isSecret: boolean): Json => {
    if (typeof item === 'string') return redactString(item, isSecret);
    if (Array.isArray(item)) return (item as readonly Json[]).map((entry) => redact(entry, isSecret));
    if (typeof item !== 'object' || item === null) return item;
    const pairs = Object.entries(item).map(([key, entry]): [string, Json] => [
      key,
      redact(entry, isSecret || isSecretKey(key)),
    ]);
    return Object.fromEntries(pairs) as JsonObject;
  };
  const redactString = (text: string, isSecret: boolean): string => {
    if (known.has(text)) return mask;
    if (isSecret) return isUnfilled(text) ? text : mask;
    return redactText(text, secrets);
  };
  return redact(value, false);
}

/**
 * The secrets that stand in a configuration by themselves, without the environment: strings below secret keys, also
 * without a word such as Bearer before them, and credentials in URLs. For {@link redactText} in logs.
 */
export function collectSecrets(value: Json): readonly string[] {
  const found = new Set<string>();
  const visit = (item: Json, isSecret: boolean): void => {
    if (typeof item === 'string') {
      for (const secret of secretsOf(item, isSecret)) found.add(secret);
    } else if (Array.isArray(item)) {
      for (const entry of item as readonly Json[]) visit(entry, isSecret);
    } else if (typeof item === 'object' && item !== null) {
      for (const [key, entry] of Object.entries(item)) visit(entry, isSecret || isSecretKey(key));
    }
  };
  visit(value, false);
  return [...found];
}

function secretsOf(text: string, isSecret: boolean): readonly string[] {
  if (!isSecret) return credentialsInText(text);
  if (isUnfilled(text)) return [];
  return [text, text.replace(/^(?:bearer|basic|token)\s+/i, '')];
}
