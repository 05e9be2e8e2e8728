import { expect, it } from 'vitest';
import { isContextLimit } from './context-limit.ts';

it.each([
  [400, "This model's maximum context length is 4097 tokens. However, you requested 4609 tokens."],
  [400, '{"error":{"code":"context_length_exceeded","message":"Please reduce the length of the messages."}}'],
  [400, 'prompt is too long: 210000 tokens > 200000 maximum'],
  [
    422,
    'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens',
  ],
  [413, 'The prompt exceeds the limit'],
  [400, 'the prompt is too long; it begins: table billing, column quota'],
  [500, 'The prompt is too long for the context window'],
])('%i %s: the context is full', (status, body) => {
  expect(isContextLimit(status, body)).toBe(true);
});

it.each([
  [429, 'Rate limit reached for gpt-4 on tokens per min (TPM): Limit 10000, Used 9800'],
  [401, 'Incorrect API key; see the prompt above'],
  [400, "Unsupported parameter: 'max_tokens' is not supported with this model."],
  [400, 'max_tokens is too large: 99999. This model supports at most 4096 completion tokens'],
  [500, 'upstream request failed: context deadline exceeded'],
  [503, 'too many tokens are being served, the engine is overloaded'],
  [400, 'You exceeded your current quota of tokens'],
  [400, 'the model does not exist'],
  [404, 'no context found, up or down'],
])('%i %s: another failure', (status, body) => {
  expect(isContextLimit(status, body)).toBe(false);
});
