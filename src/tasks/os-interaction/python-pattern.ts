/**
 * A regular expression in Python's spelling: named groups, `\A`, `\Z`, `{,3}`, `[]a]`, and flags in front such as `(?i)`.
 * Throws SyntaxError for one that is wrong, or that only Python knows.
 */
export function pythonPattern(source: string): RegExp {
  const [front = '', letters = ''] = /^\(\?([aimsux]+)\)/.exec(source) ?? [];
  if (letters.includes('x')) throw new SyntaxError('the flag x is not supported');
  const flags = [...new Set(letters.replaceAll(/[au]/g, ''))].join('');
  const body = source.slice(front.length).replaceAll(tokens, translate);
  return new RegExp(body, flags);
}

/** An escape, a class, or one of the words that Python spells its own way. */
const tokens = /\\[^]|\[\^?\]?(?:\\[^]|[^\]\\])*\]|\(\?P<|\(\?P=\w+\)|\{,\d+\}/g;

function translate(token: string): string {
  // A bracket at the beginning of a class stands for itself.
  if (token.startsWith('[')) return token.replace(/^(\[\^?)\]/, String.raw`$1\]`);
  if (token.startsWith('{,')) return `{0${token.slice(1)}`;
  if (token.startsWith('(?P=')) return `\\k<${token.slice(4, -1)}>`;
  return spellings[token] ?? token;
}

const spellings: Readonly<Record<string, string>> = {
  '(?P<': '(?<',
  [String.raw`\A`]: '(?<![^])',
  [String.raw`\Z`]: '(?![^])',
};
