import { describe, expect, it } from 'vitest';
import { parsePythonLiteral } from './literal.ts';

const list = (...items: readonly unknown[]) => ({ kind: 'list', items });
const tuple = (...items: readonly unknown[]) => ({ kind: 'tuple', items });

describe('parsePythonLiteral', () => {
  it.each([
    ['["a", \'b\']', list('a', 'b')],
    ['  [1, -2, +3, 4.5, 1e3, 1_000, 0x1F, .5, 5.]  ', list(1, -2, 3, 4.5, 1000, 1000, 31, 0.5, 5)],
    ['[None, True, False, null, true, false]', list(null, true, false, null, true, false)],
    ['["a",]', list('a')],
    ['[]', list()],
    ['()', tuple()],
    ['("a",)', tuple('a')],
    ['("a")', 'a'],
    ['"a", "b"', tuple('a', 'b')],
    ['[["a"], ("b", [1])]', list(list('a'), tuple('b', list(1)))],
    [`["it's", 'a "b"', 'it\\'s', "a\\\\b"]`, list("it's", 'a "b"', "it's", 'a\\b')],
    ['["\\u00e9\\x41\\n\\ud83d\\ude42", "\\/"]', list('éA\n🙂', '/')],
    ['["a" "b"]', list('ab')],
    ["r'a\\n'", 'a\\n'],
    ['{"a": 1}', { kind: 'dict', keys: ['a'], values: [1] }],
    ['{"a", "b"}', { kind: 'set', items: ['a', 'b'] }],
    ['[1] # done', list(1)],
    ['"""a"b"""', 'a"b'],
  ])('reads %s', (text, value) => {
    expect(parsePythonLiteral(text)).toEqual(value);
  });

  it.each([
    '',
    '[',
    '["a"',
    'a',
    '[a]',
    '["a" 1]',
    '[1,,2]',
    '[,]',
    "['it's']",
    '1 + 1',
    'f()',
    'process.exit()',
    '007',
    '- "a"',
    '[1] [2]',
    '"a\nb"',
  ])('refuses %j', (text) => {
    expect(() => parsePythonLiteral(text)).toThrow(SyntaxError);
  });

  it('refuses what is nested without end', () => {
    expect(() => parsePythonLiteral('['.repeat(100_000))).toThrow(SyntaxError);
  });
});
