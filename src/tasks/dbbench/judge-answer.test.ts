import { describe, expect, it } from 'vitest';
import { isCorrect } from './judge-answer.ts';

describe('isCorrect', () => {
  it.each([
    [' ["March 19, 1998"]', ['March 19, 1998']],
    ["['b', 'a', 'a']", ['a', 'b']],
    ["('a', 'b')", ['a', 'b']],
    ['["26"]', ['26.0']],
    [' [26]', ['26.0']],
    [' 26', ['26.0']],
    ['["1e2"]', ['100']],
    ['none', ['none']],
    ['["none"]', ['none']],
    ['[]', []],
    ['[1, 2]', [2, 1.0]],
    ['[None]', [null]],
    ['[true]', ['1']],
    ['{"a": 1}', ['a']],
  ])('takes %s for %j', (answer, expected) => {
    expect(isCorrect(answer, expected)).toBe(true);
  });

  it.each([
    [' none', ['none']],
    ['["A"]', ['a']],
    ['["26", "27"]', ['26']],
    ['[1, 2]', ['1', '2']],
    ['["1,000"]', ['1000']],
    ['["nan"]', ['nan']],
    ['', ['a']],
    ['', []],
    ['[["a"], ["b"]]', ['a', 'b']],
    ['["a"', ['a']],
    ['"ab"', ['ab']],
  ])('does not take %s for %j', (answer, expected) => {
    expect(isCorrect(answer, expected)).toBe(false);
  });

  it('wants the hash of a change to the letter', () => {
    expect(isCorrect("[('abc',)]", "[('abc',)]")).toBe(true);
    expect(isCorrect("[('ABC',)]", "[('abc',)]")).toBe(false);
  });
});
