import { z } from 'zod';
import { contentText, type Content, type Message } from '../../protocol/index.ts';
import { messageFormat } from './format-schema.ts';
import { PromptError, type Prompter } from './prompter.ts';
import { fillPlainFormat, type TextFormat } from './text-format.ts';

const promptStringArguments = z.strictObject({
  prefix: z.string().default(''),
  suffix: z.string().default('AGENT:'),
  system_format: messageFormat('SYSTEM: {content}\n\n'),
  user_format: messageFormat('USER: {content}\n\n'),
  agent_format: messageFormat('AGENT: {content}\n\n'),
  prompt_key: z.string().default('prompt'),
});

export type MessageFormats = {
  readonly system_format: TextFormat;
  readonly user_format: TextFormat;
  readonly agent_format: TextFormat;
};

type PromptStringArguments = MessageFormats & {
  readonly prefix: string;
  readonly suffix: string;
  readonly prompt_key: string;
};

/** One text: the prefix, each message in its role's format, the suffix. */
export const promptStringPrompter = promptStringArguments.transform(createPromptString);

/** The text form with the words `Human` and `Assistant`. */
export const claudePrompter = z.strictObject({}).transform(() =>
  createPromptString(
    promptStringArguments.parse({
      suffix: 'Assistant:',
      system_format: '{content}\n\n',
      user_format: 'Human: {content}\n\n',
      agent_format: 'Assistant: {content}\n\n',
    }),
  ),
);

/** A prompter of fixed words, for APIs that expect one text. */
export function createPromptString(words: PromptStringArguments): Prompter {
  return (history) => {
    const turns = history.map((message) => formatMessage(words, message, textOnly(message.content)));
    return { kind: 'json', fields: { [words.prompt_key]: words.prefix + turns.join('') + words.suffix } };
  };
}

/** A message's text in its role's format. */
export function formatMessage(formats: MessageFormats, message: Message, text: string): string {
  const format = {
    system: formats.system_format,
    user: formats.user_format,
    assistant: formats.agent_format,
    tool: formats.user_format,
  }[message.role];
  return fillPlainFormat(format, text);
}

/** The text of a content; throws a `PromptError` when there are images, which one text has no place for. */
export function textOnly(content: Content): string {
  if (typeof content !== 'string' && content.some((part) => part.type === 'image'))
    throw new PromptError('it holds an image, and this prompter makes one text', 'a history of text alone');
  return contentText(content);
}
