import { strict, toNumber, toText, type SqlFunction, type SqlValue } from './value.ts';

const posixClasses: Readonly<Record<string, string>> = {
  alpha: '\\p{L}',
  digit: '0-9',
  alnum: '\\p{L}0-9',
  space: '\\s',
  upper: '\\p{Lu}',
  lower: '\\p{Ll}',
  punct: '\\p{P}\\p{S}',
  blank: ' \\t',
  xdigit: '0-9a-fA-F',
};

const cache = new Map<string, RegExp>();

/** MySQL's pattern as JavaScript's: POSIX classes and word boundaries are put into its terms. Throws when it is no pattern. */
function compile(pattern: SqlValue | undefined, flags: string): RegExp {
  const source = toText(pattern ?? null);
  const key = `${flags}/${source}`;
  const known = cache.get(key);
  if (known) return known;
  const translated = source
    .replaceAll('[[:<:]]', '\\b')
    .replaceAll('[[:>:]]', '\\b')
    .replace(/\[:(\w+):\]/g, (whole, name: string) => posixClasses[name] ?? whole);
  const compiled = build(translated, flags);
  cache.set(key, compiled);
  return compiled;
}

/** The lenient mode is tried second: it takes escapes of characters that need none. */
function build(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, `${flags}u`);
  } catch {
    return new RegExp(source, flags);
  }
}

const flagsFor = (value: SqlValue | undefined) => (value instanceof Uint8Array ? '' : 'i');

export const patternFunctions: Readonly<Record<string, SqlFunction>> = {
  my_regexp: strict((text, pattern, mode) => {
    const exact = mode !== undefined && toText(mode).includes('c');
    return compile(pattern, exact ? '' : flagsFor(text)).test(toText(text ?? null));
  }),
  my_regexp_replace: strict((text, pattern, replacement) =>
    toText(text ?? null).replace(compile(pattern, `g${flagsFor(text)}`), toText(replacement ?? null)),
  ),
  my_regexp_substr: strict(
    (text, pattern) => compile(pattern, flagsFor(text)).exec(toText(text ?? null))?.[0] ?? null,
  ),
  my_regexp_instr: strict((text, pattern) => {
    const found = compile(pattern, flagsFor(text)).exec(toText(text ?? null));
    return found ? toNumber(found.index) + 1 : 0;
  }),
};
