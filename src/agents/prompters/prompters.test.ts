import { describe, expect, it } from 'vitest';
import type { Message } from '../../protocol/index.ts';
import { conversationPrompter } from './conversation-template.ts';
import { fastchatPrompters } from './fastchat-prompters.ts';
import { httpPrompters } from './http-prompters.ts';
import type { Prompt } from './prompter.ts';
import { prompterChoice } from './prompter-schema.ts';

const history: readonly Message[] = [
  { role: 'user', content: 'one' },
  { role: 'assistant', content: 'two {x}' },
  { role: 'user', content: 'three' },
];
const withSystem: readonly Message[] = [{ role: 'system', content: 'rules' }, ...history];
const withImage: readonly Message[] = [
  {
    role: 'user',
    content: [
      { type: 'text', text: 'look' },
      { type: 'image', url: 'https://x.test/a.png', detail: 'low' },
    ],
  },
];

function prompt(
  choice: unknown,
  shown = history,
  known: Parameters<typeof prompterChoice>[0] = httpPrompters,
): Prompt {
  const prompter = prompterChoice(known).parse(choice);
  if (!prompter) throw new Error('no prompter was chosen');
  return prompter(shown);
}

function fault(choice: unknown): string {
  const read = prompterChoice(httpPrompters).safeParse(choice);
  return (read.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
}

describe('role_content_dict', () => {
  it('has the roles of the reference unless told otherwise', () => {
    expect(prompt('role_content_dict', withSystem)).toEqual({
      kind: 'json',
      fields: {
        messages: [
          { role: 'system', content: 'rules' },
          { role: 'user', content: 'one' },
          { role: 'agent', content: 'two {x}' },
          { role: 'user', content: 'three' },
        ],
      },
    });
  });

  it('takes every word as an argument', () => {
    const args = {
      message_key: 'turns',
      role_key: 'who',
      content_key: 'says',
      system_role: 'S',
      user_role: 'U',
      agent_role: 'A',
    };
    expect(prompt({ name: 'role_content_dict', args }, withSystem).fields).toEqual({
      turns: [
        { who: 'S', says: 'rules' },
        { who: 'U', says: 'one' },
        { who: 'A', says: 'two {x}' },
        { who: 'U', says: 'three' },
      ],
    });
  });

  it("puts parts of a content into OpenAI's form", () => {
    expect(prompt('role_content_dict', withImage).fields).toEqual({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'low' } },
          ],
        },
      ],
    });
  });

  it('shows a result of a tool as the words of the user', () => {
    const result: Message = { role: 'tool', content: '42', toolCallId: 'call-1' };
    expect(prompt('role_content_dict', [result]).fields).toEqual({
      messages: [{ role: 'user', content: '42' }],
    });
  });
});

it('batched_role_content_dict puts each value into a list of one', () => {
  const choice = { name: 'batched_role_content_dict', args: { message_key: 'm', agent_role: 'assistant' } };
  expect(prompt(choice, history.slice(0, 2)).fields).toEqual({
    m: [
      [
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'two {x}' },
      ],
    ],
  });
});

it('palm wraps the messages, with authors', () => {
  expect(prompt({ name: 'palm', args: {} }, history.slice(0, 2)).fields).toEqual({
    instances: [
      {
        messages: [
          { author: 'user', content: 'one' },
          { author: 'bot', content: 'two {x}' },
        ],
      },
    ],
  });
});

describe('prompt_string', () => {
  it('has the words of the reference unless told otherwise', () => {
    expect(prompt('prompt_string').fields).toEqual({
      prompt: 'USER: one\n\nAGENT: two {x}\n\nUSER: three\n\nAGENT:',
    });
  });

  it('takes every word as an argument, braces written twice', () => {
    const args = {
      prefix: '<s>',
      suffix: 'A>',
      user_format: 'U{{{content}}}',
      agent_format: 'A:{content};',
      system_format: 'S:{content};',
      prompt_key: 'input',
    };
    expect(prompt({ name: 'prompt_string', args }, withSystem).fields).toEqual({
      input: '<s>S:rules;U{one}A:two {x};U{three}A>',
    });
  });

  it('refuses an image, which one text has no place for', () => {
    expect(() => prompt('prompt_string', withImage)).toThrow('it holds an image');
  });
});

it('claude speaks of Human and Assistant', () => {
  expect(prompt('claude').fields).toEqual({
    prompt: 'Human: one\n\nAssistant: two {x}\n\nHuman: three\n\nAssistant:',
  });
});

describe("prompt_string with VisualAgentBench's arguments", () => {
  const choose = (limit: number) => ({
    name: 'prompt_string',
    args: {
      suffix: '<|assistant|>\n',
      agent_format: '<|assistant|>\n{content}\n\n',
      text_context_limit: limit,
    },
  });

  it('makes a form of the text and the one image', () => {
    const made = prompt(choose(9776), [{ role: 'system', content: 'rules' }, ...withImage]);
    expect(made).toEqual({
      kind: 'form',
      fields: { prompt: '<|system|>\nrules\n\n<|user|>\nlook\n\n<|assistant|>\n' },
      image: { key: 'image', url: 'https://x.test/a.png' },
    });
  });

  it('refuses two images', () => {
    expect(() => prompt(choose(9776), [...withImage, ...withImage])).toThrow('more than one image');
  });

  it('leaves out the oldest turns after the opening when the text is too long', () => {
    const turns = Array.from({ length: 12 }, (_, place): Message => {
      return { role: place === 0 ? 'system' : place % 2 === 1 ? 'user' : 'assistant', content: `m${place}` };
    });
    const { prompt: whole } = prompt(choose(9776), turns).fields;
    for (let place = 0; place < 12; place++) expect(whole).toContain(`m${place}\n`);
    expect(whole).not.toContain('truncated');
    const { prompt: cut } = prompt(choose(95), turns).fields;
    expect(cut).toContain('m4\n\n\n\n** Earlier trajectory has been truncated **\n\n<|user|>\nm');
    expect(cut).toContain('m11\n');
    expect(cut).not.toContain('m5\n');
    expect(cut).not.toContain('m6\n');
  });
});

describe('the choice of a prompter', () => {
  it('may be left out', () => {
    expect(prompterChoice(httpPrompters).parse(undefined)).toBeUndefined();
    expect(prompterChoice(httpPrompters).parse(null)).toBeUndefined();
    expect(prompterChoice(httpPrompters).parse({})).toBeUndefined();
  });

  it.each([
    [{ name: 'chatml' }, 'name: there is no prompter "chatml"; expected one of role_content_dict, batched_'],
    [{ name: 'constructor' }, 'name: there is no prompter "constructor"'],
    [{ args: { agent_role: 'x' } }, 'name: expected the name of a prompter'],
    [{ name: 'role_content_dict', args: { agent_roll: 'x' } }, 'agent_roll'],
    [{ name: 'role_content_dict', args: { agent_role: 5 } }, 'args.agent_role: '],
    [{ name: 'claude', args: { prefix: 'x' } }, 'prefix'],
    [{ name: 'prompt_string', args: { user_format: '{text}' } }, 'args.user_format: "{text}" names no value'],
    [
      { name: 'prompt_string', args: { user_format: '{content[0]}' } },
      'args.user_format: only {content} itself',
    ],
    [7, ': expected {name, args}'],
  ])('%j is refused', (choice, message) => {
    expect(fault(choice)).toContain(message);
  });
});

describe("FastChat's prompters", () => {
  it('openchat_v3_1 and openchat_v3_2 end each turn with a mark', () => {
    expect(prompt('openchat_v3_1', history.slice(0, 2), fastchatPrompters).fields).toEqual({
      prompt:
        'Assistant is GPT4<|end_of_turn|>User: one<|end_of_turn|>Assistant: two {x}<|end_of_turn|>Assistant:',
    });
    expect(prompt('openchat_v3_2', history.slice(0, 2), fastchatPrompters).fields).toEqual({
      prompt: 'GPT4 User: one<|end_of_turn|>\nGPT4 Assistant: two {x}<|end_of_turn|>\nGPT4 Assistant:',
    });
  });

  it('finds the form that a model was trained on', () => {
    const llama = conversationPrompter('Llama-2-7b-hf');
    expect(llama?.(history).fields).toEqual({
      prompt: '[INST] one [/INST] two {x} </s><s>[INST] three [/INST]',
    });
    expect(llama?.(withSystem).fields).toEqual({
      prompt: '[INST] <<SYS>>\nrules\n<</SYS>>\n\none [/INST] two {x} </s><s>[INST] three [/INST]',
    });
    const { prompt: vicuna } = conversationPrompter('vicuna-13b-v1.5')?.(history).fields ?? {};
    expect(vicuna).toMatch(/questions\. USER: one ASSISTANT: two \{x\}<\/s>USER: three ASSISTANT:$/);
    expect(conversationPrompter('my-own-model')).toBeUndefined();
  });
});
