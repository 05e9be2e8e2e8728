export type LiteralToken =
  | { readonly type: 'mark' | 'word'; readonly text: string }
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'string'; readonly value: string };

const blank = /(?:[ \t\r\n\f]|#[^\n]*)+/y;
const mark = /[[\](){},:+-]/y;
const number =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?/y;
const string =
  /([rRuUbB]{0,2})("""(?:[^\\]|\\[^])*?"""|'''(?:[^\\]|\\[^])*?'''|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*')/y;
const word = /[A-Za-z_][A-Za-z_0-9]*/y;

/** Cuts a Python literal into its tokens; throws a `SyntaxError` at a character that no literal can have. */
export function literalTokens(text: string): LiteralToken[] {
  const tokens: LiteralToken[] = [];
  let position = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    if (found) position = pattern.lastIndex;
    return found;
  };
  while (position < text.length) {
    if (match(blank)) continue;
    const quoted = match(string);
    if (quoted) {
      tokens.push({ type: 'string', value: unquote(quoted[1] ?? '', quoted[2] ?? '') });
      continue;
    }
    const digits = match(number);
    if (digits) {
      tokens.push({ type: 'number', value: numberOf(digits[0]) });
      continue;
    }
    const name = match(word) ?? match(mark);
    if (!name) throw new SyntaxError(`unexpected character ${text.charAt(position)}`);
    tokens.push({ type: /^\w/.test(name[0]) ? 'word' : 'mark', text: name[0] });
  }
  return tokens;
}

function numberOf(digits: string): number {
  const plain = digits.replaceAll('_', '');
  if (/^0\d/.test(plain) && !/[.eE]/.test(plain) && /[1-9]/.test(plain))
    throw new SyntaxError('a whole number with a leading zero');
  return Number(plain);
}

function unquote(prefix: string, quoted: string): string {
  if (/b/i.test(prefix)) throw new SyntaxError('bytes are not an answer');
  const width = /^("""|''')/.test(quoted) ? 3 : 1;
  const body = quoted.slice(width, -width);
  return /r/i.test(prefix) ? body : unescape(body);
}

const simpleEscapes: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '/': '/',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** `\/` is JSON's; an unknown escape stays as it is, as in Python. */
function unescape(body: string): string {
  return body.replace(
    /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|[^])/g,
    (whole, escaped: string) => {
      if (/^[xuU]./.test(escaped)) return characterOf(parseInt(escaped.slice(1), 16));
      if (/^[0-7]/.test(escaped)) return characterOf(parseInt(escaped, 8));
      return simpleEscapes[escaped] ?? whole;
    },
  );
}

function characterOf(codePoint: number): string {
  if (codePoint > 0x10ffff) throw new SyntaxError('a character beyond Unicode');
  return codePoint <= 0xffff ? String.fromCharCode(codePoint) : String.fromCodePoint(codePoint);
}
