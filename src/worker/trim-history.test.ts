import { describe, expect, it } from 'vitest';
import type { Message } from '../protocol/index.ts';
import { trimHistory } from './trim-history.ts';

const user = (content: string): Message => ({ role: 'user', content });
const agent = (content: string): Message => ({ role: 'assistant', content });

describe('trimHistory', () => {
  const history = [user('first'), agent('aaa'), user('bbb'), agent('ccc'), user('ddd')];

  it('leaves a history that fits as it is', () => {
    expect(trimHistory(history, 5)).toBe(history);
  });

  it('keeps the first message and the newest that fit, beginning with one of the agent', () => {
    expect(trimHistory(history, 3)).toEqual([
      user('first\n\n[NOTICE] 2 messages are omitted.'),
      agent('ccc'),
      user('ddd'),
    ]);
  });

  it("drops an oldest kept message of the user's", () => {
    expect(trimHistory(history, 4)).toEqual([
      user('first\n\n[NOTICE] 2 messages are omitted.'),
      agent('ccc'),
      user('ddd'),
    ]);
    expect(trimHistory(history, 2)).toEqual([user('first\n\n[NOTICE] 4 messages are omitted.')]);
  });

  it('counts seven letters, or any other character but a blank, as a segment', () => {
    expect(trimHistory([user('x'), agent('abcdefgh 1!')], 5)).toHaveLength(2);
    expect(trimHistory([user('x'), agent('abcdefgh 1!')], 4)).toHaveLength(1);
  });
});
