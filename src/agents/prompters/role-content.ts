import { z } from 'zod';
import type { Json, JsonObject } from '../../base/index.ts';
import type { Content, Message } from '../../protocol/index.ts';
import type { Prompter } from './prompter.ts';

const roleContentArguments = z.strictObject({
  message_key: z.string().default('messages'),
  role_key: z.string().default('role'),
  content_key: z.string().default('content'),
  system_role: z.string().default('system'),
  user_role: z.string().default('user'),
  agent_role: z.string().default('agent'),
});

type RoleContentArguments = z.output<typeof roleContentArguments>;

/** `{messages: [{role, content}, …]}`, every word of it an argument. */
export const roleContentPrompter = roleContentArguments.transform((words): Prompter => (history) => ({
  kind: 'json',
  fields: roleContentFields(words, history),
}));

/** The same, with the value of each key in a list of one. */
export const batchedRoleContentPrompter = roleContentArguments.transform((words): Prompter => (history) => {
  const fields = roleContentFields(words, history);
  return {
    kind: 'json',
    fields: Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, [value]])),
  };
});

/** `{instances: [{messages: [{author, content}, …]}]}` with the authors `user` and `bot`. */
export const palmPrompter = z.strictObject({}).transform((): Prompter => {
  const words = roleContentArguments.parse({ role_key: 'author', agent_role: 'bot' });
  return (history) => ({ kind: 'json', fields: { instances: [roleContentFields(words, history)] } });
});

function roleContentFields(words: RoleContentArguments, history: readonly Message[]): JsonObject {
  // A tool's result travels as the user's words, as at the wire: these APIs are told of no tools.
  const roleWords = {
    system: words.system_role,
    user: words.user_role,
    assistant: words.agent_role,
    tool: words.user_role,
  };
  const messages = history.map((message) => ({
    [words.role_key]: roleWords[message.role],
    [words.content_key]: apiContent(message.content),
  }));
  return { [words.message_key]: messages };
}

function apiContent(content: Content): Json {
  if (typeof content === 'string') return content;
  return content.map((part) => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    const detail = part.detail === undefined ? {} : { detail: part.detail };
    return { type: 'image_url', image_url: { url: part.url, ...detail } };
  });
}
