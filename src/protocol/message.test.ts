import { describe, expect, it } from 'vitest';
import { agentbench, contentText, type Message } from './index.ts';

describe('messages', () => {
  const shown: Message = {
    role: 'user',
    content: [
      { type: 'text', text: 'Look:' },
      { type: 'image', url: 'data:image/png;base64,a.png' },
      { type: 'text', text: 'What is it?' },
    ],
  };

  it('have a text, beside images too', () => {
    expect(contentText('plain')).toBe('plain');
    expect(contentText(shown.content)).toBe('Look:\nWhat is it?');
  });

  it('come back from the wire as they went', () => {
    const messages: readonly Message[] = [
      shown,
      { role: 'system', content: 's' },
      { role: 'assistant', content: '' },
    ];
    for (const message of messages)
      expect(agentbench.fromWireMessage(agentbench.toWireMessage(message))).toEqual(message);
    expect(agentbench.toWireMessage({ role: 'tool', content: '5', toolCallId: 'x' })).toEqual({
      role: 'user',
      content: '5',
    });
  });
});
