import type { JsonObject } from '../base/index.ts';

export const roles = ['system', 'user', 'assistant', 'tool'] as const;
export type Role = (typeof roles)[number];

export type TextPart = { readonly type: 'text'; readonly text: string };

/** `url` may be a `data:` address. */
export type ImagePart = { readonly type: 'image'; readonly url: string; readonly detail?: string };

export type ContentPart = TextPart | ImagePart;
export type Content = string | readonly ContentPart[];

export type ToolCall = { readonly id: string; readonly name: string; readonly arguments: JsonObject };

/** A tool that an agent may call; `parameters` is a JSON Schema. */
export type ToolDefinition = {
  readonly name: string;
  readonly description?: string;
  readonly parameters: JsonObject;
};

/** One entry of a session's history, as every part of this program keeps it; dialects translate at the wire alone. */
export type Message =
  | { readonly role: 'system' | 'user'; readonly content: Content }
  | { readonly role: 'assistant'; readonly content: Content; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly content: Content; readonly toolCallId: string };

/** The text of a content; images are left out. */
export function contentText(content: Content): string {
  if (typeof content === 'string') return content;
  return content
    .filter((part) => part.type === 'text')
    .map((part) => part.text)
    .join('\n');
}
