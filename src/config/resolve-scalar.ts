import type { ConfigScalar } from './config-node.ts';
import { toIsoTimestamp } from './yaml-timestamp.ts';

export type ScalarKind = 'null' | 'bool' | 'int' | 'float' | 'timestamp' | 'str';

export type ScalarResult = { readonly value: ConfigScalar } | { readonly fault: string };

const digits = '[0-9][0-9_]*';
const exponent = '(?:[eE][-+][0-9]+)?';

/** The patterns by which PyYAML's safe loader tells plain scalars apart, in the order in which it tries them. */
const patterns: readonly (readonly [ScalarKind, RegExp])[] = [
  ['bool', /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/],
  [
    'float',
    new RegExp(
      `^(?:[-+]?${digits}\\.[0-9_]*${exponent}|\\.${digits}${exponent}` +
        `|[-+]?${digits}(?::[0-5]?[0-9])+\\.[0-9_]*|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN))$`,
    ),
  ],
  [
    'int',
    /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  ],
  ['null', /^(?:~|null|Null|NULL|)$/],
  [
    'timestamp',
    /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
  ],
];

/** What YAML 1.1 takes an unquoted text for. */
export function kindOfPlainScalar(text: string): ScalarKind {
  return patterns.find(([, pattern]) => pattern.test(text))?.[0] ?? 'str';
}

/** The value of `text` read as `kind`, or what is wrong with it. */
export function constructScalar(kind: ScalarKind, text: string): ScalarResult {
  if (kind === 'str') return { value: text };
  if (kind === 'null') return { value: null };
  if (kind === 'bool') return constructBool(text);
  if (kind === 'timestamp') return constructTimestamp(text);
  return constructNumber(kind, text);
}

function constructBool(text: string): ScalarResult {
  const word = text.toLowerCase();
  if (['yes', 'true', 'on'].includes(word)) return { value: true };
  if (['no', 'false', 'off'].includes(word)) return { value: false };
  return { fault: `"${text}" is not a boolean` };
}

function constructTimestamp(text: string): ScalarResult {
  const value = toIsoTimestamp(text);
  return value === undefined
    ? { fault: `"${text}" is not a date of the calendar; put it in quotes to have a string` }
    : { value };
}

function constructNumber(kind: 'int' | 'float', text: string): ScalarResult {
  const clean = text.replaceAll('_', '').toLowerCase();
  const sign = clean.startsWith('-') ? -1 : 1;
  const body = clean.replace(/^[-+]/, '');
  const value = sign * (kind === 'int' ? parseInteger(body) : parseFloatingPoint(body));
  if (Number.isNaN(value) && body !== '.nan') return { fault: `"${text}" is not a number` };
  if (kind === 'int' && !Number.isSafeInteger(value)) {
    return {
      fault: `the integer ${text} is too large to be held exactly; put it in quotes to have a string`,
    };
  }
  return { value: value === 0 && kind === 'int' ? 0 : value };
}

function parseInteger(body: string): number {
  if (/^0b[01]+$/.test(body)) return Number(body);
  if (/^0x[0-9a-f]+$/.test(body)) return Number(body);
  if (/^0[0-7]+$/.test(body)) return Number.parseInt(body, 8);
  if (body.includes(':')) return parseSexagesimal(body);
  return /^\d+$/.test(body) ? Number(body) : Number.NaN;
}

function parseFloatingPoint(body: string): number {
  if (body === '.inf') return Number.POSITIVE_INFINITY;
  if (body === '.nan') return Number.NaN;
  if (body.includes(':')) return parseSexagesimal(body);
  return /^[\d.]/.test(body) ? Number(body) : Number.NaN;
}

/** `1:30` is 90: each part counts sixty of the next. */
function parseSexagesimal(body: string): number {
  return body.split(':').reduce((total, part) => total * 60 + Number(part), 0);
}
