/**
 * A regular expression in Python's spelling: named groups, `\A`, `\Z`, and flags in front such as `(?i)`.
 * Throws SyntaxError for one that is wrong, or that only Python knows.
 */
export function pythonPattern(source: string): RegExp {
  const [front = '', letters = ''] = /^\(\?([aimsux]+)\)/.exec(source) ?? [];
  if (letters.includes('x')) throw new SyntaxError('the flag x is not supported');
  const flags = [...new Set(letters.replaceAll(/[au]/g, ''))].join('');
  const body = source
    .slice(front.length)
    .replaceAll(/\\[^]|\(\?P<|\(\?P=(\w+)\)/g, (token, group?: string) =>
      group === undefined ? (spellings[token] ?? token) : `\\k<${group}>`,
    );
  return new RegExp(body, flags);
}

const spellings: Readonly<Record<string, string>> = {
  '(?P<': '(?<',
  [String.raw`\A`]: '(?<![^])',
  [String.raw`\Z`]: '(?![^])',
};
