import { compileFormat } from './text-format.ts';
import { createPromptString, textOnly } from './prompt-string.ts';
import type { Prompter } from './prompter.ts';

const vicunaSystem =
  'A chat between a curious user and an artificial intelligence assistant. ' +
  "The assistant gives helpful, detailed, and polite answers to the user's questions.";

const vicunaPrompter = createPromptString({
  prefix: `${vicunaSystem} `,
  suffix: 'ASSISTANT:',
  prompt_key: 'prompt',
  system_format: compileFormat('{content} ', 'content'),
  user_format: compileFormat('USER: {content} ', 'content'),
  agent_format: compileFormat('ASSISTANT: {content}</s>', 'content'),
});

/** The first instruction stands in an opened `[INST]`; each later one opens its own. */
const llama2Prompter: Prompter = (history) => {
  const system = history
    .filter((message) => message.role === 'system')
    .map(({ content }) => textOnly(content));
  const opening = system.length === 0 ? '[INST] ' : `[INST] <<SYS>>\n${system.join('\n')}\n<</SYS>>\n\n`;
  const turns = history.filter((message) => message.role !== 'system');
  const texts = turns.map(({ role, content }, place) => {
    if (role === 'assistant') return `[/INST] ${textOnly(content)} </s><s>`;
    return place === 0 ? `${textOnly(content)} ` : `[INST] ${textOnly(content)} `;
  });
  return { kind: 'json', fields: { prompt: `${opening}${texts.join('')}[/INST]` } };
};

/** The form that a model was trained on, by its name; undefined for a model that is not known. */
export function conversationPrompter(model: string): Prompter | undefined {
  if (/vicuna|wizardlm/i.test(model)) return vicunaPrompter;
  if (/llama-?2/i.test(model)) return llama2Prompter;
  return undefined;
}
