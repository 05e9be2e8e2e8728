import { isJsonObject } from '../../../base/index.ts';
import type { Content, ContentPart, Message } from '../../message.ts';
import type { AgentOutput, TaskOutput } from '../../sample.ts';
import type { WireAgentOutput, WireChatItem, WireTaskOutput } from './schemas.ts';

/** In this dialect the assistant is called `agent`, and tools are not known: their results travel as the user's words. */
export function toWireMessage(message: Message): WireChatItem {
  const content = toWireContent(message.content);
  if (message.role === 'assistant') return { role: 'agent', content };
  return { role: message.role === 'tool' ? 'user' : message.role, content };
}

export function fromWireMessage(item: WireChatItem): Message {
  const content = fromWireContent(item.content);
  return { role: item.role === 'agent' ? 'assistant' : item.role, content };
}

export function toWireOutput(output: TaskOutput): WireTaskOutput {
  return { ...output, history: output.history?.map(toWireMessage) ?? null };
}

export function fromWireOutput(output: WireTaskOutput): TaskOutput {
  return { ...output, history: output.history?.map(fromWireMessage) ?? null };
}

export function toWireAgentOutput(output: AgentOutput): WireAgentOutput {
  return { status: output.status, content: output.content };
}

export function fromWireAgentOutput(output: WireAgentOutput): AgentOutput {
  return { status: output.status, content: output.content };
}

function toWireContent(content: Content): WireChatItem['content'] {
  if (typeof content === 'string') return content;
  return content.map((part) =>
    part.type === 'text'
      ? { type: 'text', text: part.text }
      : {
          type: 'image_url',
          image_url: { url: part.url, ...(part.detail === undefined ? {} : { detail: part.detail }) },
        },
  );
}

function fromWireContent(content: WireChatItem['content']): Content {
  if (typeof content === 'string') return content;
  return content.map((part): ContentPart => {
    const image = part['image_url'];
    if (part.type === 'image_url' && isJsonObject(image) && typeof image['url'] === 'string') {
      const detail = image['detail'];
      return { type: 'image', url: image['url'], ...(typeof detail === 'string' ? { detail } : {}) };
    }
    const text = part['text'];
    return { type: 'text', text: typeof text === 'string' ? text : JSON.stringify(part) };
  });
}
