import { describe, expect, it } from 'vitest';
import { ProctorError } from '../base/index.ts';
import { formatPlace, nearestNode, toJson } from './config-node.ts';
import { readJson } from './read-json.ts';

function whereOf(text: string): string | undefined {
  try {
    readJson(text, 'f.json');
  } catch (error) {
    if (ProctorError.is(error) && error.code === 'config-syntax') return error.where;
    throw error;
  }
  return expect.unreachable(`${text} was to be refused`);
}

describe('readJson', () => {
  it('reads what Python reads', () => {
    const text =
      '\n{"a": [1, -2.5e3, true, null, {}, []], "u": "\\u4e2d\\n", "n": [NaN, -Infinity], "a2": 1, "a2": 2}\n';
    expect(toJson(readJson(text, 'f.json'))).toEqual({
      a: [1, -2500, true, null, {}, []],
      u: '中\n',
      n: [Number.NaN, Number.NEGATIVE_INFINITY],
      a2: 2,
    });
  });

  it('keeps yes and 010 in quotes what they are', () => {
    expect(toJson(readJson('["yes", "010"]', 'f.json'))).toEqual(['yes', '010']);
  });

  it('remembers where a value stands', () => {
    const root = readJson('{\n  "a": {\n    "b": [1,\n 2]}\n}', 'f.json');
    expect(formatPlace(nearestNode(root, ['a', 'b', 1]).place)).toBe('f.json:4:2');
  });

  it.each([
    ['', 'f.json:1:1'],
    ['{"a": 1,}', 'f.json:1:9'],
    ['{\n"a" 1}', 'f.json:2:5'],
    ['[1 2]', 'f.json:1:4'],
    ['[01]', 'f.json:1:2'],
    ['{a: 1}', 'f.json:1:2'],
    ["['x']", 'f.json:1:2'],
    ['[1', 'f.json:1:3'],
    ['1\n# note', 'f.json:2:1'],
    ['["a\nb"]', 'f.json:1:2'],
    ['{"a": 12345678901234567890}', 'f.json:1:7'],
  ])('refuses %j at %s', (text, where) => {
    expect(whereOf(text)).toBe(where);
  });
});
