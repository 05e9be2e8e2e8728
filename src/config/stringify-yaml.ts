import type { Json, JsonObject } from '../base/index.ts';
import { kindOfPlainScalar } from './resolve-scalar.ts';

export interface YamlStyle {
  /** Keys in the order of their code units instead of their own. Default false. */
  readonly sortKeys?: boolean;
}

/** Writes YAML that reads back as the same value under YAML 1.1, in block style, with a newline at its end. */
export function stringifyYaml(value: Json, style: YamlStyle = {}): string {
  return `${new YamlWriter(style).lines(value).join('\n')}\n`;
}

/** Beyond 1,024 characters a reader no longer takes a text before a colon for a key. */
const longestPlainKey = 1000;

class YamlWriter {
  readonly #sortKeys: boolean;

  constructor({ sortKeys = false }: YamlStyle) {
    this.#sortKeys = sortKeys;
  }

  lines(value: Json): readonly string[] {
    if (!isFilledCollection(value)) return [scalarText(value)];
    if (Array.isArray(value)) return (value as readonly Json[]).flatMap((item) => this.#itemLines(item));
    const object = value as JsonObject;
    const keys = Object.keys(object);
    if (this.#sortKeys) keys.sort();
    return keys.flatMap((key) => this.#entryLines(quoteString(key), object[key] ?? null));
  }

  #itemLines(item: Json): readonly string[] {
    const [first = '', ...rest] = this.lines(item);
    return [`- ${first}`, ...indent(rest)];
  }

  #entryLines(key: string, value: Json): readonly string[] {
    const head = key.length > longestPlainKey ? [`? ${key}`, ':'] : [`${key}:`];
    const lines = this.lines(value);
    if (isFilledCollection(value)) return [...head, ...indent(lines)];
    return [...head.slice(0, -1), `${head.at(-1) ?? ''} ${lines[0] ?? ''}`];
  }
}

function isFilledCollection(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

function scalarText(value: Json): string {
  if (typeof value === 'string') return quoteString(value);
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) return '[]';
  return typeof value === 'object' && value !== null ? '{}' : String(value);
}

/** YAML 1.1 takes `1e+21` for a string: a float needs its point and its exponent's sign. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  if (text.includes('e')) return withPoint(text);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? `${text}.0` : text;
}

function withPoint(text: string): string {
  const [mantissa = '', exponent = ''] = text.split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${exponent}`;
}

function quoteString(text: string): string {
  const isPlain =
    /^[\p{L}\p{N}_./][\p{L}\p{N}_./@+()<>=,;*&!?%$^~'" :#|{}[\]-]*$/u.test(text) &&
    !/: |:$| #| $|^\.\.\.|^=/.test(text) &&
    text.length < longestPlainKey &&
    kindOfPlainScalar(text) === 'str' &&
    !isNumberElsewhere(text);
  return isPlain ? text : escapeString(text);
}

/** JSON's quotes are YAML's too; what YAML 1.1 folds, forbids or may lose is escaped as well. */
function escapeString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What other readers than those of YAML 1.1 take for a number or a boolean. */
function isNumberElsewhere(text: string): boolean {
  return /^[yYnN]$/.test(text) || !Number.isNaN(Number(text));
}
