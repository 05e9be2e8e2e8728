import { describe, expect, it } from 'vitest';
import { pythonPattern } from './python-pattern.ts';

describe('pythonPattern', () => {
  it.each([
    ['^[0-9]+$', '42', true],
    ['b', 'abc', true],
    ['(?P<mark>["\'])yes(?P=mark)', 'it is "yes"', true],
    ['(?P<mark>["\'])yes(?P=mark)', 'it is "yes\'', false],
    ['(?i)linux', 'LINUX', true],
    ['(?ms)^a.b$', 'x\na\nb\ny', true],
    [String.raw`\Aend\Z`, 'end', true],
    [String.raw`\Aend\Z`, 'end\n', false],
    [String.raw`\(?P<`, '(P<', true],
    [String.raw`\\A`, String.raw`\A`, true],
    ['^a{,3}$', 'aa', true],
    ['^a{,3}$', 'aaaa', false],
    ['^[]a]+$', 'a]a', true],
    ['^[^]a]$', ']', false],
    [String.raw`^[\]{,2}]+$`, '{,]', true],
  ])('reads %s as Python does: in %j', (source, text, found) => {
    expect(pythonPattern(source).test(text)).toBe(found);
  });

  it.each(['(', '(?x) a b', '(?P<1>a)'])('refuses %s', (source) => {
    expect(() => pythonPattern(source)).toThrow(SyntaxError);
  });
});
