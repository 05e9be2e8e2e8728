import { stringifyPythonJson, type Json } from '../../base/index.ts';

type Field = { readonly name: string; readonly path: readonly string[] };

/** A compiled template: literal text and fields, in order. */
export type TextFormat = readonly (string | Field)[];

/** What filling a template gives: its text, or what was not there. */
export type FormattedText = { readonly text: string } | { readonly problem: string };

/**
 * Compiles the part of Python's format strings that configurations use: `{name}`, `{name[key][0]}`, `{{` and `}}`.
 * Throws a `SyntaxError` for anything else and for a name that is not the one given.
 */
export function compileFormat(template: string, name: string): TextFormat {
  const parts: (string | Field)[] = [];
  let literal = '';
  for (const [token] of template.matchAll(/\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+/g)) {
    if (token === '{' || token === '}')
      throw new SyntaxError(`a single "${token}" in a format; write it twice to mean the character`);
    if (token === '{{' || token === '}}' || !token.startsWith('{')) {
      literal += token === '{{' || token === '}}' ? token.charAt(0) : token;
      continue;
    }
    if (literal) parts.push(literal);
    literal = '';
    parts.push(compileField(token, name));
  }
  if (literal) parts.push(literal);
  return parts;
}

/** Fills a template from one value; `null` becomes the empty text, and objects and lists their JSON. */
export function fillFormat(format: TextFormat, value: Json): FormattedText {
  let text = '';
  for (const part of format) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const found = follow(part, value);
    if ('problem' in found) return found;
    text += textOf(found.value);
  }
  return { text };
}

/** Fills a template whose fields have no path, which cannot fail. */
export function fillPlainFormat(format: TextFormat, text: string): string {
  return format.map((part) => (typeof part === 'string' ? part : text)).join('');
}

function compileField(token: string, name: string): Field {
  const match = /^\{(\w+)((?:\[[^[\]]+\])*)\}$/.exec(token);
  if (!match) throw new SyntaxError(`"${token}" is not understood; write {${name}} or {${name}[key][0]}`);
  if (match[1] !== name) throw new SyntaxError(`"${token}" names no value; there is only "${name}"`);
  return { name, path: [...(match[2] ?? '').matchAll(/\[([^[\]]+)\]/g)].map((key) => key[1] ?? '') };
}

function follow(field: Field, start: Json): { readonly value: Json } | { readonly problem: string } {
  let value = start;
  let place = field.name;
  for (const key of field.path) {
    const next = childOf(value, key);
    if (next === undefined) return { problem: `${place} has no [${key}]; it is ${describeValue(value)}` };
    value = next;
    place += `[${key}]`;
  }
  return { value };
}

function childOf(value: Json, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return /^\d+$/.test(key) ? (value as readonly Json[])[Number(key)] : undefined;
  return Object.hasOwn(value, key) ? (value as { readonly [key: string]: Json })[key] : undefined;
}

const longestShownText = 200;

function describeValue(value: Json): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    return keys.length === 0 ? 'an empty object' : `an object with the keys ${keys.slice(0, 20).join(', ')}`;
  }
  return JSON.stringify(value).slice(0, longestShownText);
}

function textOf(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  return stringifyPythonJson(value, { ascii: false });
}
