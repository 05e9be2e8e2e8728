import { z } from 'zod';
import type { PrompterSchema } from './prompter-schema.ts';
import { claudePrompter, promptStringPrompter } from './prompt-string.ts';

/** The two forms of OpenChat: the words of a message and of the opening differ. */
function openChatPrompter(words: { prefix: string; speaker: string; separator: string }) {
  const { prefix, speaker, separator } = words;
  return z.strictObject({}).transform(() =>
    promptStringPrompter.parse({
      prefix,
      suffix: `${speaker}Assistant:`,
      system_format: `{content}${separator}`,
      user_format: `${speaker}User: {content}${separator}`,
      agent_format: `${speaker}Assistant: {content}${separator}`,
    }),
  );
}

/** What `prompter` of the `fastchat` agent may be. */
export const fastchatPrompters = {
  claude: claudePrompter,
  openchat_v3_1: openChatPrompter({
    prefix: 'Assistant is GPT4<|end_of_turn|>',
    speaker: '',
    separator: '<|end_of_turn|>',
  }),
  openchat_v3_2: openChatPrompter({ prefix: '', speaker: 'GPT4 ', separator: '<|end_of_turn|>\n' }),
  prompt_string: promptStringPrompter,
} satisfies Readonly<Record<string, PrompterSchema>>;
