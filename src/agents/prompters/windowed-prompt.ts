import { z } from 'zod';
import type { Message } from '../../protocol/index.ts';
import { messageFormat } from './format-schema.ts';
import { PromptError, type Prompter } from './prompter.ts';
import { formatMessage } from './prompt-string.ts';

const windowedPromptArguments = z.strictObject({
  prefix: z.string().default(''),
  suffix: z.string().default('<|agent|>\n'),
  system_format: messageFormat('<|system|>\n{content}\n\n'),
  user_format: messageFormat('<|user|>\n{content}\n\n'),
  agent_format: messageFormat('<|agent|>\n{content}\n\n'),
  prompt_key: z.string().default('prompt'),
  image_key: z.string().default('image'),
  /** Estimated tokens of text. */
  text_context_limit: z.number().positive().default(9776),
});

type Turn = { readonly text: string; readonly images: readonly string[] };

/** These messages are the task's own words; they always stay. */
const openingMessages = 5;
const omissionNotice = '\n\n** Earlier trajectory has been truncated **\n\n';

/**
 * VisualAgentBench's form of `prompt_string`, for its fine-tuned models: a form of one text and one image, in which the
 * oldest turns after the opening are left out when the text grows beyond a limit.
 */
export const windowedPromptPrompter = windowedPromptArguments.transform((words): Prompter => (history) => {
  const turns = history.map((message): Turn => {
    const text = formatMessage(words, message, joinedText(message));
    return { text, images: imagesOf(message) };
  });
  const kept = keepNewest(turns, words);
  const images = kept.images.slice(0, 2);
  if (images.length > 1)
    throw new PromptError('it holds more than one image', 'at most one image in all that is shown');
  return {
    kind: 'form',
    fields: { [words.prompt_key]: words.prefix + kept.text + words.suffix },
    ...(images[0] === undefined ? {} : { image: { key: words.image_key, url: images[0] } }),
  };
});

function keepNewest(turns: readonly Turn[], words: { prefix: string; text_context_limit: number }): Turn {
  const opening = joinTurns(turns.slice(0, openingMessages));
  if (turns.length <= openingMessages) return opening;
  let tail = joinTurns(turns.slice(-1));
  // An answer is left out together with what it answered.
  for (let end = turns.length - 1; end > openingMessages; end -= 2) {
    const pair = joinTurns(turns.slice(Math.max(openingMessages, end - 2), end));
    const text = words.prefix + opening.text + pair.text + tail.text;
    if (estimateTokens(text) > words.text_context_limit) {
      tail = { text: omissionNotice + tail.text, images: tail.images };
      break;
    }
    tail = joinTurns([pair, tail]);
  }
  return joinTurns([opening, tail]);
}

function joinTurns(turns: readonly Turn[]): Turn {
  return {
    text: turns.map((turn) => turn.text).join(''),
    images: turns.flatMap((turn) => turn.images),
  };
}

/** One token a sign, and one for each six letters or digits begun of a word; some doubled signs count once. */
function estimateTokens(text: string): number {
  const shortened = text.replaceAll('\n\n', '\n').replaceAll('```', '`').replaceAll('##', '#');
  const signs = shortened.match(/[^\p{L}\p{N} ]/gu)?.length ?? 0;
  const words = shortened.split(/\s+/).map((word) => word.match(/[\p{L}\p{N}]/gu)?.length ?? 0);
  return words.reduce((sum, letters) => sum + Math.ceil(letters / 6), signs);
}

function joinedText(message: Message): string {
  if (typeof message.content === 'string') return message.content;
  return message.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

function imagesOf(message: Message): readonly string[] {
  if (typeof message.content === 'string') return [];
  return message.content.flatMap((part) => (part.type === 'image' ? [part.url] : []));
}
