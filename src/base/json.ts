/** Any value that JSON can hold; numbers may also be NaN and the infinities, which Python's JSON allows. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses JSON as Python does: `NaN`, `Infinity` and `-Infinity` are numbers.
 * Throws a `SyntaxError` otherwise.
 */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return parseWithNonFinite(text, error);
  }
}

/**
 * The rare path: the non-finite words outside strings are replaced by marked strings, which a reviver turns into numbers.
 * The mark is chosen so that no string of the text has it.
 */
function parseWithNonFinite(text: string, originalError: unknown): Json {
  let mark = '\u0001';
  while (text.includes(mark) || text.includes(JSON.stringify(mark).slice(1, -1))) mark += '\u0001';
  const quotedMark = JSON.stringify(mark).slice(1, -1);
  let replaced = 0;
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (token) => {
    if (token.startsWith('"')) return token;
    replaced++;
    return `"${quotedMark}${token}"`;
  });
  if (replaced === 0) throw originalError;
  return JSON.parse(marked, (_key, value: Json) =>
    typeof value === 'string' && value.startsWith(mark) ? Number(value.slice(mark.length)) : value,
  ) as Json;
}

export interface PythonJsonStyle {
  /** Spaces a level; without it one line, with a blank after each colon and comma. */
  readonly indent?: number;
  /** Escape everything beyond ASCII, as Python does unless told otherwise. Default true. */
  readonly ascii?: boolean;
  readonly sortKeys?: boolean;
}

/** Writes JSON the way Python's `json.dumps` does, so that files of both programs read alike. `undefined` fields are left out. */
export function stringifyPythonJson(value: Json | undefined, style: PythonJsonStyle = {}): string {
  const { indent, ascii = true, sortKeys = false } = style;
  const write = (item: Json | undefined, level: number): string => {
    if (item === undefined) return 'null';
    if (typeof item === 'number') return numberText(item);
    if (typeof item === 'string') return quote(item, ascii);
    if (item === null || typeof item === 'boolean') return String(item);
    const isList = Array.isArray(item);
    const parts = isList
      ? (item as readonly Json[]).map((entry) => write(entry, level + 1))
      : keysOf(item as JsonObject, sortKeys).map(
          (key) => `${quote(key, ascii)}: ${write((item as JsonObject)[key], level + 1)}`,
        );
    const [open, close] = isList ? ['[', ']'] : ['{', '}'];
    if (parts.length === 0) return open + close;
    if (indent === undefined) return open + parts.join(', ') + close;
    const pad = ' '.repeat(indent * (level + 1));
    return `${open}\n${parts.map((part) => pad + part).join(',\n')}\n${' '.repeat(indent * level)}${close}`;
  };
  return write(value, 0);
}

function keysOf(object: JsonObject, sorted: boolean): string[] {
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  return sorted ? keys.sort() : keys;
}

function quote(text: string, ascii: boolean): string {
  const quoted = JSON.stringify(text);
  if (!ascii) return quoted;
  return quoted.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0.0' : String(value);
}
