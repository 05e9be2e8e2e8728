import { createHash } from 'node:crypto';
import { foldText, strict, toNumber, toText, type SqlFunction, type SqlValue } from './value.ts';

/** What MySQL gives NULL for instead of a longer text. */
const longestText = 16 * 1024 * 1024;
/** `group_concat_max_len`, in bytes. */
const longestJoin = 1024;

const characters = (value: SqlValue | undefined) => [...toText(value ?? null)];
const integer = (value: SqlValue | undefined) => Math.round(toNumber(value ?? null));

const digest = (algorithm: string): SqlFunction =>
  strict((value) => createHash(algorithm).update(bytesOf(value)).digest('hex'));

function bytesOf(value: SqlValue | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(toText(value ?? null), 'utf8');
}

const pad = (atStart: boolean): SqlFunction =>
  strict((text, length, filler) => {
    const shown = characters(text);
    const size = integer(length);
    if (size < 0 || size > longestText) return null;
    if (shown.length >= size) return shown.slice(0, size).join('');
    const fill = characters(filler);
    if (fill.length === 0) return '';
    const added = Array.from({ length: size - shown.length }, (_, index) => fill[index % fill.length]).join(
      '',
    );
    return atStart ? added + shown.join('') : shown.join('') + added;
  });

function locate(wanted: string, text: string, from: number): number {
  const folded = foldText(text);
  const found =
    from < 1 ? -1 : folded.indexOf(foldText(wanted), [...folded].slice(0, from - 1).join('').length);
  return found < 0 ? 0 : [...folded.slice(0, found)].length + 1;
}

function trim(side: string, filler: string, text: string): string {
  let shown = text;
  if (filler === '') return shown;
  while (side !== 'TRAILING' && shown.startsWith(filler)) shown = shown.slice(filler.length);
  while (side !== 'LEADING' && shown.endsWith(filler)) shown = shown.slice(0, -filler.length);
  return shown;
}

function substringIndex(text: string, delimiter: string, count: number): string {
  if (delimiter === '' || count === 0) return '';
  const parts = text.split(delimiter);
  return (count > 0 ? parts.slice(0, count) : parts.slice(count)).join(delimiter);
}

/** Cuts after so many bytes, never within a character. */
function cutBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= limit) return text;
  let end = limit;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end).toString('utf8');
}

function joinArray(json: string, separator: string): string | null {
  const values = (JSON.parse(json) as readonly (string | number | null)[]).filter((value) => value !== null);
  return values.length === 0
    ? null
    : cutBytes(values.map((value) => toText(value)).join(separator), longestJoin);
}

export const textFunctions: Readonly<Record<string, SqlFunction>> = {
  my_text: strict((value) => toText(value ?? null)),
  my_concat: strict((...values) => values.map(toText).join('')),
  my_concat_ws: (separator = null, ...values) =>
    separator === null
      ? null
      : values
          .filter((value) => value !== null)
          .map(toText)
          .join(toText(separator)),
  my_join: strict((json, separator) => joinArray(toText(json ?? null), toText(separator ?? null))),
  my_byte_length: strict((value) => bytesOf(value).length),
  my_char_length: strict((value) => characters(value).length),
  my_upper: strict((value) => toText(value ?? null).toUpperCase()),
  my_lower: strict((value) => toText(value ?? null).toLowerCase()),
  my_left: strict((text, count) =>
    characters(text)
      .slice(0, Math.max(0, integer(count)))
      .join(''),
  ),
  my_right: strict((text, count) =>
    integer(count) <= 0 ? '' : characters(text).slice(-integer(count)).join(''),
  ),
  my_substring: strict((text, from, count) => {
    const shown = characters(text);
    const position = integer(from);
    const start = position > 0 ? position - 1 : shown.length + position;
    if (position === 0 || start < 0) return '';
    return shown.slice(start, count === undefined ? undefined : start + Math.max(0, integer(count))).join('');
  }),
  my_substring_index: strict((text, delimiter, count) =>
    substringIndex(toText(text ?? null), toText(delimiter ?? null), integer(count)),
  ),
  my_locate: strict((wanted, text, from) =>
    locate(toText(wanted ?? null), toText(text ?? null), from === undefined ? 1 : integer(from)),
  ),
  my_replace: strict((text, from, to) => {
    const wanted = toText(from ?? null);
    return wanted === ''
      ? toText(text ?? null)
      : toText(text ?? null).replaceAll(wanted, () => toText(to ?? null));
  }),
  my_trim: strict((side, filler, text) =>
    trim(toText(side ?? null), toText(filler ?? null), toText(text ?? null)),
  ),
  my_lpad: pad(true),
  my_rpad: pad(false),
  my_repeat: strict((text, count) => {
    const times = Math.max(0, integer(count));
    const part = toText(text ?? null);
    return part.length * times > longestText ? null : part.repeat(times);
  }),
  my_reverse: strict((text) => characters(text).reverse().join('')),
  my_insert: strict((text, from, count, added) => {
    const shown = characters(text);
    const start = integer(from) - 1;
    if (start < 0 || start >= shown.length) return shown.join('');
    const size = integer(count) < 0 ? shown.length : integer(count);
    return shown.slice(0, start).join('') + toText(added ?? null) + shown.slice(start + size).join('');
  }),
  my_find_in_set: strict((wanted, list) => {
    const folded = foldText(toText(wanted ?? null));
    return (
      toText(list ?? null)
        .split(',')
        .findIndex((item) => foldText(item) === folded) + 1
    );
  }),
  my_elt: (position = null, ...values) =>
    position === null ? null : (values[integer(position) - 1] ?? null),
  my_field: (wanted = null, ...values) => {
    if (wanted === null) return 0;
    const isNumeric = typeof wanted === 'number' && values.every((value) => typeof value === 'number');
    const key = (value: SqlValue) => (isNumeric ? toNumber(value) : foldText(toText(value)));
    return values.findIndex((value) => value !== null && key(value) === key(wanted)) + 1;
  },
  my_ascii: strict((value) => bytesOf(value)[0] ?? 0),
  my_char: (...codes) =>
    Buffer.from(codes.filter((code) => code !== null).map((code) => integer(code) & 0xff)).toString('utf8'),
  my_hex: strict((value) =>
    typeof value === 'number'
      ? Math.round(value).toString(16).toUpperCase()
      : Buffer.from(bytesOf(value)).toString('hex').toUpperCase(),
  ),
  my_quote: (value = null) => (value === null ? 'NULL' : `'${toText(value).replace(/[\\']/g, '\\$&')}'`),
  my_md5: digest('md5'),
  my_sha1: digest('sha1'),
  my_sha2: strict((value, bits) => {
    const width = integer(bits) === 0 ? 256 : integer(bits);
    return [224, 256, 384, 512].includes(width)
      ? createHash(`sha${width}`).update(bytesOf(value)).digest('hex')
      : null;
  }),
};
