import { describe, expect, it } from 'vitest';
import { parseReply } from './parse-reply.ts';

const invalid = { kind: 'invalid', status: 'agent invalid action' };

describe('parseReply', () => {
  it.each([
    ['Think: I look.\n\nAct: bash\n\n```bash\nls -l\n```', { kind: 'bash', script: 'ls -l' }],
    [
      'Act: BASH\n```bash\ncd /srv\nls\n```\nand\n```bash\npwd\n```',
      { kind: 'bash', script: 'cd /srv\nls\n\npwd' },
    ],
    ['Think: done\n\nAct: finish', { kind: 'commit', answer: null }],
    ['Think: seen\nAct: answer(42)', { kind: 'commit', answer: '42' }],
    ['Act:\n\nAnswer ( f(x) (y) ) is it', { kind: 'commit', answer: ' f(x) (y) ' }],
    ['Act: answer()', { kind: 'commit', answer: '' }],
    ['Act: answer(a\r', invalid],
  ])('reads %j', (text, action) => {
    expect(parseReply(text)).toEqual(action);
  });

  it('goes by the last action that it knows', () => {
    expect(parseReply('Act: bash\n```bash\nls\n```\nAct: answer(3)')).toEqual({
      kind: 'commit',
      answer: '3',
    });
    expect(parseReply('Act: finish\nAct: answer(3\nAct: dance')).toEqual({ kind: 'commit', answer: null });
  });

  it('runs nothing when the code is in no block of bash', () => {
    expect(parseReply('Act: bash\n\n```sh\nls\n```')).toEqual({ kind: 'bash', script: '' });
  });

  it.each(['', 'ls', 'Act: dance', 'Act: answer 42', 'Act: answer(two\nlines)', 'act: finish'])(
    'finds no action in %j',
    (text) => {
      expect(parseReply(text)).toEqual(invalid);
    },
  );
});
