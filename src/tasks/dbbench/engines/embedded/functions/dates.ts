import { dayOfYear, formatDate, parseByFormat, weekdayOf, weekOf } from './date-format.ts';
import {
  daysInMonth,
  fromMilliseconds,
  parseDate,
  showDate,
  showMoment,
  showTime,
  toMilliseconds,
  type DateValue,
} from './date-value.ts';
import { strict, toNumber, toText, type SqlFunction, type SqlResult, type SqlValue } from './value.ts';

const unitMilliseconds: Readonly<Record<string, number>> = {
  MICROSECOND: 0.001,
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
  WEEK: 604_800_000,
};
const unitMonths: Readonly<Record<string, number>> = { MONTH: 1, QUARTER: 3, YEAR: 12 };

/** Makes a function of a date, NULL for what is none. */
const ofDate = (compute: (date: DateValue, ...rest: readonly SqlValue[]) => SqlResult): SqlFunction =>
  strict((value, ...rest) => {
    const date = parseDate(value);
    return date ? compute(date, ...rest) : null;
  });

const parts: Readonly<Record<string, (date: DateValue) => number>> = {
  YEAR: (date) => date.year,
  QUARTER: (date) => Math.ceil(date.month / 3),
  MONTH: (date) => date.month,
  WEEK: weekOf,
  DAY: (date) => date.day,
  DAYOFMONTH: (date) => date.day,
  DAYOFWEEK: (date) => weekdayOf(date) + 1,
  WEEKDAY: (date) => (weekdayOf(date) + 6) % 7,
  DAYOFYEAR: dayOfYear,
  HOUR: (date) => date.hour,
  MINUTE: (date) => date.minute,
  SECOND: (date) => date.second,
  MICROSECOND: () => 0,
};

/** A time of day alone, as HOUR and its like take it. */
function parseTime(value: SqlValue | undefined): DateValue | undefined {
  const found = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d*)?)?$/.exec(toText(value ?? null).trim());
  if (!found) return undefined;
  const [hour = 0, minute = 0, second = 0] = found.slice(1).map((part) => Number(part ?? 0));
  return { year: 0, month: 0, day: 0, hour, minute, second, hasTime: true };
}

function addUnits(date: DateValue, amount: number, unit: string): string | null {
  const months = unitMonths[unit];
  if (months === undefined) {
    const stepMs = unitMilliseconds[unit] ?? 0;
    const moved = toMilliseconds(date) + amount * stepMs;
    return Number.isFinite(moved)
      ? showMoment(fromMilliseconds(moved, date.hasTime || stepMs < 86_400_000))
      : null;
  }
  const total = date.year * 12 + date.month - 1 + Math.round(amount) * months;
  const year = Math.floor(total / 12);
  const month = total - year * 12 + 1;
  if (year < 0 || year > 9999) return null;
  return showMoment({ ...date, year, month, day: Math.min(date.day, daysInMonth(year, month)) });
}

function difference(unit: string, from: DateValue, to: DateValue): number {
  const spanMs = toMilliseconds(to) - toMilliseconds(from);
  const months = unitMonths[unit];
  if (months === undefined) return Math.trunc(spanMs / (unitMilliseconds[unit] ?? 1));
  const whole = (to.year - from.year) * 12 + to.month - from.month;
  const rest = (date: DateValue) => ((date.day * 24 + date.hour) * 60 + date.minute) * 60 + date.second;
  const missing = whole > 0 && rest(to) < rest(from) ? -1 : whole < 0 && rest(to) > rest(from) ? 1 : 0;
  return Math.trunc((whole + missing) / months);
}

function now(kind: SqlValue | undefined): string {
  const moment = fromMilliseconds(Date.now(), true);
  if (kind === 'date') return showDate(moment);
  return kind === 'time' ? showTime(moment) : showMoment(moment);
}

/** Dates and times are texts, as MySQL writes them; the zone is UTC. */
export const dateFunctions: Readonly<Record<string, SqlFunction>> = {
  my_now: (kind) => now(kind),
  my_date: ofDate(showDate),
  my_datetime: ofDate((date) => showMoment({ ...date, hasTime: true })),
  my_time: strict((value) => {
    const date = parseDate(value) ?? parseTime(value);
    return date ? showTime(date) : null;
  }),
  my_extract: strict((unit, value) => {
    const date = parseDate(value) ?? parseTime(value);
    return date ? (parts[toText(unit ?? null)]?.(date) ?? null) : null;
  }),
  my_date_format: strict((value, format) => {
    const date = parseDate(value) ?? parseTime(value);
    return date ? formatDate(date, toText(format ?? null)) : null;
  }),
  my_str_to_date: strict((text, format) => {
    const date = parseByFormat(toText(text ?? null), toText(format ?? null));
    if (!date) return null;
    return date.year === 0 && date.month === 0 && date.day === 0 && date.hasTime
      ? showTime(date)
      : showMoment(date);
  }),
  my_datediff: ofDate((date, other) => {
    const from = parseDate(other);
    const dayOf = (value: DateValue) => Math.floor(toMilliseconds(value) / 86_400_000);
    return from ? dayOf(date) - dayOf(from) : null;
  }),
  my_date_add: ofDate((date, amount, unit) => addUnits(date, toNumber(amount ?? null), toText(unit ?? null))),
  my_timestamp_add: strict((unit, amount, value) => {
    const date = parseDate(value);
    return date ? addUnits(date, toNumber(amount ?? null), toText(unit ?? null)) : null;
  }),
  my_timestamp_diff: strict((unit, from, to) => {
    const first = parseDate(from);
    const second = parseDate(to);
    return first && second ? difference(toText(unit ?? null), first, second) : null;
  }),
  my_last_day: ofDate((date) => showDate({ ...date, day: daysInMonth(date.year, date.month) })),
  my_makedate: strict((year, day) => {
    const days = toNumber(day ?? null);
    if (days < 1) return null;
    const first = {
      year: toNumber(year ?? null),
      month: 1,
      day: 1,
      hour: 0,
      minute: 0,
      second: 0,
      hasTime: false,
    };
    return addUnits(first, days - 1, 'DAY');
  }),
  my_unix_timestamp: (value) => {
    if (value === undefined) return Math.floor(Date.now() / 1000);
    const date = parseDate(value);
    return date ? Math.floor(toMilliseconds(date) / 1000) : null;
  },
  my_from_unixtime: strict((seconds, format) => {
    const date = fromMilliseconds(toNumber(seconds ?? null) * 1000, true);
    return format === undefined ? showMoment(date) : formatDate(date, toText(format));
  }),
};
