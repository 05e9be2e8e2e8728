import { describe, expect, it } from 'vitest';
import { parseReply } from './parse-reply.ts';

const block = (sql: string) => `\`\`\`sql\n${sql}\n\`\`\``;

describe('parseReply', () => {
  it('reads an operation: the first block alone, on one line', () => {
    const reply = parseReply(`I look.\nAction: Operation\n${block(' SELECT 1,\n2;')}\n${block('SELECT 3')}`);
    expect(reply).toEqual({ action: 'Operation', sql: 'SELECT 1, 2;', finalAnswer: undefined });
  });

  it('reads an answer as it stands, up to the end of its line', () => {
    expect(parseReply('Action: Answer\nFinal Answer: ["a\u2028b"]\nThat is all.')).toEqual({
      action: 'Answer',
      sql: undefined,
      finalAnswer: ' ["a\u2028b"]',
    });
  });

  it.each(['Action: Operation', 'action: Operation\n', 'Action:Operation\n', '**Action**: Operation\n', ''])(
    'sees no action in %j',
    (text) => {
      expect(parseReply(text).action).toBeUndefined();
    },
  );

  it('takes the first action, and its whole line', () => {
    expect(parseReply('Action: Answer\nAction: Operation\n').action).toBe('Answer');
    expect(parseReply('Action: Operation \n').action).toBe('Operation ');
  });

  it.each(['```sql SELECT 1```', '```\nSELECT 1\n```', '```SQL\nSELECT 1\n```', '```sql\nSELECT 1'])(
    'sees no statement in %j',
    (text) => {
      expect(parseReply(`Action: Operation\n${text}`).sql).toBeUndefined();
    },
  );

  it('sees no answer at the very beginning, where no line ends before it', () => {
    expect(parseReply('Final Answer: [1]').finalAnswer).toBeUndefined();
  });
});
