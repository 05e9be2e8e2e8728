import { isJsonObject, type Json } from '../base/index.ts';
import type { TokenUsage } from '../protocol/index.ts';

/** What a reply says that it cost, in the words of either of the two families of APIs; undefined when it does not say. */
export function readUsage(reply: Json): TokenUsage | undefined {
  const usage = isJsonObject(reply) ? reply['usage'] : undefined;
  if (!isJsonObject(usage)) return undefined;
  const inputTokens = readCount(usage['prompt_tokens'] ?? usage['input_tokens']);
  const outputTokens = readCount(usage['completion_tokens'] ?? usage['output_tokens']);
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  return { inputTokens, outputTokens };
}

function readCount(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
