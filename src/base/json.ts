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
  const form = { ascii, sortKeys };
  return indent === undefined
    ? writeValue(value, { ...form, between: ', ', margin: undefined, step: '' })
    : writeValue(value, { ...form, between: ',', margin: '\n', step: ' '.repeat(indent) });
}

interface Form {
  readonly ascii: boolean;
  readonly sortKeys: boolean;
  readonly between: string;
  /** The line end and the indentation of the value that is written; none where all is one line. */
  readonly margin: string | undefined;
  readonly step: string;
}

function writeValue(value: Json | undefined, form: Form): string {
  if (typeof value === 'string') return quote(value, form.ascii);
  if (typeof value === 'number') return numberText(value);
  if (value === undefined) return 'null';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value)
    ? writeList(value as readonly Json[], form)
    : writeObject(value as JsonObject, form);
}

function writeList(list: readonly Json[], form: Form): string {
  if (list.length === 0) return '[]';
  const inner = indented(form);
  const margin = inner.margin ?? '';
  let text = '[';
  for (const [position, entry] of list.entries())
    text += (position === 0 ? '' : form.between) + margin + writeValue(entry, inner);
  return `${text}${form.margin ?? ''}]`;
}

function writeObject(object: JsonObject, form: Form): string {
  const inner = indented(form);
  const margin = inner.margin ?? '';
  let text = '';
  for (const key of form.sortKeys ? Object.keys(object).sort() : Object.keys(object)) {
    const value = object[key];
    if (value === undefined) continue;
    text += `${text === '' ? '' : form.between}${margin}${quote(key, form.ascii)}: ${writeValue(value, inner)}`;
  }
  return text === '' ? '{}' : `{${text}${form.margin ?? ''}}`;
}

function indented(form: Form): Form {
  return form.margin === undefined ? form : { ...form, margin: form.margin + form.step };
}

/** Text that stands in its quotes as it is, in whichever style. */
const needsEscape = /[^ !#-[\]-~]/;
const beyondAscii = /[\u007f-\uffff]/;

/** Most of what is written is long text: each of its characters is looked at as few times as can be. */
function quote(text: string, ascii: boolean): string {
  if (!needsEscape.test(text)) return `"${text}"`;
  const quoted = JSON.stringify(text);
  if (!ascii || !beyondAscii.test(quoted)) return quoted;
  return quoted.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0.0' : String(value);
}
