/** Whose reply it is: OpenAI's chat or text API, or FastChat's stream. */
export type ModelReplyForm = 'chat' | 'completion' | 'fastchat';

export interface ModelReply {
  readonly form: ModelReplyForm;
  readonly model: string;
  /** Makes the reply's id. */
  readonly number: number;
  readonly text: string;
}

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

/** The body of a good reply. */
export function modelReplyBody({ form, model, number, text }: ModelReply): string {
  if (form === 'fastchat') return fastchatStream(text);
  const isChat = form === 'chat';
  const choice = isChat ? { message: { role: 'assistant', content: text } } : { text };
  return JSON.stringify({
    id: `${isChat ? 'chatcmpl' : 'cmpl'}-${number}`,
    object: isChat ? 'chat.completion' : 'text_completion',
    created: 1_790_000_000,
    model,
    choices: [{ index: 0, ...choice, finish_reason: 'stop' }],
    usage,
  });
}

/** The text grows from part to part, as a model writes it. */
function fastchatStream(text: string): string {
  const half = text.slice(0, Math.ceil(text.length / 2));
  return [half, text].map((part) => `${JSON.stringify({ text: part, error_code: 0 })}\0`).join('');
}
