import { SqlError } from './sql-error.ts';

/** A piece of a MySQL statement. `start` and `end` are its place in the text; `value` is what quotes and escapes stand for. */
export type Token = {
  readonly type: 'word' | 'quoted' | 'string' | 'number' | 'bytes' | 'variable' | 'mark' | 'end';
  readonly value: string;
  readonly start: number;
  readonly end: number;
};

const skipped = /(?:\s|#[^\n]*|--(?=\s|$)[^\n]*|\/\*[^!][^]*?\*\/|\/\*\*\/|\/\*!\d*|\*\/)+/y;
const patterns: readonly (readonly [Token['type'], RegExp])[] = [
  ['bytes', /[xX]'(?:[0-9a-fA-F]{2})*'|0x(?:[0-9a-fA-F]{2})+(?![\w$])/y],
  ['number', /(?:\d+\.?\d*|\.\d+)[eE][+-]?\d+(?![\w$])|\d+\.\d*|\.\d+|\d+(?![\w$\u0080-\uffff])/y],
  ['word', /[\w$\u0080-\uffff]+/y],
  ['quoted', /`(?:[^`]|``)*`/y],
  ['string', /'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^]|"")*"/y],
  ['variable', /@@?[\w$.]+|@'[^']*'|@`[^`]*`|@"[^"]*"/y],
  ['mark', /<=>|:=|->>|->|<=|>=|<>|!=|\|\||&&|<<|>>|[-+*/%^~!=<>&|(),.;?:{}[\]\\@]/y],
];

/** Cuts a text into MySQL's tokens, comments left out, with an `end` token last. Throws a syntax error at what is none. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  const matchAt = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    return pattern.exec(text)?.[0];
  };
  for (;;) {
    position += matchAt(skipped)?.length ?? 0;
    if (position >= text.length) break;
    const start = position;
    for (const [type, pattern] of patterns) {
      const matched = matchAt(pattern);
      if (matched === undefined) continue;
      position += matched.length;
      tokens.push({ type, value: valueOf(type, matched), start, end: position });
      break;
    }
    if (position === start) throw SqlError.syntax(text.slice(start));
  }
  return [...tokens, { type: 'end', value: '', start: text.length, end: text.length }];
}

function valueOf(type: Token['type'], matched: string): string {
  if (type === 'quoted') return matched.slice(1, -1).replaceAll('``', '`');
  if (type === 'bytes') return matched.replace(/^0x|^[xX]'|'$/g, '');
  if (type !== 'string') return matched;
  const quote = matched.charAt(0);
  return matched
    .slice(1, -1)
    .replace(quote === "'" ? /\\([^])|''/g : /\\([^])|""/g, (_whole, escaped?: string) =>
      escaped === undefined ? quote : unescape(escaped),
    );
}

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\x1a',
  // These two keep their backslash, so that LIKE sees it.
  '%': '\\%',
  _: '\\_',
};

function unescape(escaped: string): string {
  return escapes[escaped] ?? escaped;
}
