import { digits, showTime, toMilliseconds, type DateValue } from './date-value.ts';

const months = 'January February March April May June July August September October November December'.split(
  ' ',
);
const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

export function weekdayOf(date: DateValue): number {
  return new Date(toMilliseconds(date)).getUTCDay();
}

export function dayOfYear(date: DateValue): number {
  return (
    Math.round(
      (toMilliseconds({ ...date, hour: 0, minute: 0, second: 0 }) - toMilliseconds(firstOfYear(date))) /
        86_400_000,
    ) + 1
  );
}

function firstOfYear(date: DateValue): DateValue {
  return { ...date, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
}

/** The week from 0 to 53; weeks begin on Sunday, and the first Sunday begins week 1. */
export function weekOf(date: DateValue): number {
  return Math.floor((dayOfYear(date) + 6 - weekdayOf(date)) / 7);
}

const hourOfHalfDay = (date: DateValue) => (date.hour % 12 === 0 ? 12 : date.hour % 12);
const half = (date: DateValue) => (date.hour < 12 ? 'AM' : 'PM');
const monthName = (date: DateValue) => months[date.month - 1] ?? '';
const weekdayName = (date: DateValue) => weekdays[weekdayOf(date)] ?? '';

const writers: Readonly<Record<string, (date: DateValue) => string>> = {
  Y: (date) => digits(date.year, 4),
  y: (date) => digits(date.year % 100),
  M: monthName,
  b: (date) => monthName(date).slice(0, 3),
  m: (date) => digits(date.month),
  c: (date) => String(date.month),
  d: (date) => digits(date.day),
  e: (date) => String(date.day),
  D: (date) => `${date.day}${ordinalSuffix(date.day)}`,
  j: (date) => digits(dayOfYear(date), 3),
  W: weekdayName,
  a: (date) => weekdayName(date).slice(0, 3),
  w: (date) => String(weekdayOf(date)),
  U: (date) => digits(weekOf(date)),
  H: (date) => digits(date.hour),
  k: (date) => String(date.hour),
  h: (date) => digits(hourOfHalfDay(date)),
  I: (date) => digits(hourOfHalfDay(date)),
  l: (date) => String(hourOfHalfDay(date)),
  i: (date) => digits(date.minute),
  s: (date) => digits(date.second),
  S: (date) => digits(date.second),
  f: () => '000000',
  p: half,
  T: showTime,
  r: (date) => `${digits(hourOfHalfDay(date))}:${digits(date.minute)}:${digits(date.second)} ${half(date)}`,
};

function ordinalSuffix(day: number): string {
  if (day >= 11 && day <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][day % 10] ?? 'th';
}

/** Writes a date by a format of DATE_FORMAT. */
export function formatDate(date: DateValue, format: string): string {
  return format.replace(/%([^])/g, (_whole, letter: string) => writers[letter]?.(date) ?? letter);
}

type Parts = { -readonly [Part in keyof DateValue]: DateValue[Part] } & { afternoon?: boolean };

const readers: Readonly<
  Record<string, readonly [pattern: string, take: (parts: Parts, text: string) => void]>
> = {
  Y: ['\\d{4}', (parts, text) => (parts.year = Number(text))],
  y: ['\\d{2}', (parts, text) => (parts.year = Number(text) + (Number(text) < 70 ? 2000 : 1900))],
  m: ['\\d{1,2}', (parts, text) => (parts.month = Number(text))],
  c: ['\\d{1,2}', (parts, text) => (parts.month = Number(text))],
  M: [months.join('|'), (parts, text) => (parts.month = monthNumber(text))],
  b: [months.map((name) => name.slice(0, 3)).join('|'), (parts, text) => (parts.month = monthNumber(text))],
  d: ['\\d{1,2}', (parts, text) => (parts.day = Number(text))],
  e: ['\\d{1,2}', (parts, text) => (parts.day = Number(text))],
  D: ['\\d{1,2}(?:st|nd|rd|th)', (parts, text) => (parts.day = parseInt(text, 10))],
  W: [weekdays.join('|'), () => undefined],
  a: [weekdays.map((name) => name.slice(0, 3)).join('|'), () => undefined],
  H: ['\\d{1,2}', (parts, text) => takeHour(parts, Number(text))],
  k: ['\\d{1,2}', (parts, text) => takeHour(parts, Number(text))],
  h: ['\\d{1,2}', (parts, text) => takeHour(parts, Number(text) % 12)],
  I: ['\\d{1,2}', (parts, text) => takeHour(parts, Number(text) % 12)],
  l: ['\\d{1,2}', (parts, text) => takeHour(parts, Number(text) % 12)],
  i: ['\\d{1,2}', (parts, text) => (parts.minute = Number(text))],
  s: ['\\d{1,2}', (parts, text) => (parts.second = Number(text))],
  S: ['\\d{1,2}', (parts, text) => (parts.second = Number(text))],
  p: ['am|pm', (parts, text) => (parts.afternoon = text.toLowerCase() === 'pm')],
};

function takeHour(parts: Parts, hour: number): void {
  parts.hour = hour;
  parts.hasTime = true;
}

function monthNumber(name: string): number {
  return months.findIndex((month) => month.toLowerCase().startsWith(name.toLowerCase())) + 1;
}

/** Reads a text by a format of STR_TO_DATE; `undefined` when it does not fit. */
export function parseByFormat(text: string, format: string): DateValue | undefined {
  const takers: ((parts: Parts, text: string) => void)[] = [];
  const expanded = format.replaceAll('%T', '%H:%i:%s').replaceAll('%r', '%h:%i:%s %p');
  const source = expanded.replace(/%([^])|\s+|[\\^$.*+?()[\]{}|/]/g, (found, letter?: string) => {
    if (letter === undefined) return /^\s/.test(found) ? '\\s*' : `\\${found}`;
    const reader = readers[letter];
    if (!reader) return letter;
    takers.push(reader[1]);
    return `\\s*(${reader[0]})`;
  });
  const found = new RegExp(`^${source}`, 'i').exec(text.trim());
  if (!found) return undefined;
  const parts: Parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0, hasTime: false };
  takers.forEach((take, index) => take(parts, found[index + 1] ?? ''));
  if (parts.afternoon === true) parts.hour += 12;
  return parts.month > 12 || parts.day > 31 || parts.hour > 23 || parts.minute > 59 || parts.second > 59
    ? undefined
    : parts;
}
