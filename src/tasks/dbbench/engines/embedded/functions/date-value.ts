import { toText, type SqlValue } from './value.ts';

/** A moment by the parts that MySQL's text of it has; months and days count from 1, 0 where the text has 0. */
export type DateValue = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly hasTime: boolean;
};

/** Reads `2020-01-31`, `20200131`, `2020/1/31 10:20:30` and their like; `undefined` for what is no date. */
export function parseDate(value: SqlValue | undefined): DateValue | undefined {
  const text = toText(value ?? null).trim();
  const found =
    /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?$/.exec(text) ??
    /^(\d{2}|\d{4})\D(\d{1,2})\D(\d{1,2})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d*)?)?)?$/.exec(text);
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map((part) => Number(part ?? 0));
  const full = found[1]?.length === 2 ? year + (year < 70 ? 2000 : 1900) : year;
  if (month > 12 || day > daysInMonth(full, month) || hour > 23 || minute > 59 || second > 59)
    return undefined;
  return { year: full, month, day, hour, minute, second, hasTime: found[4] !== undefined };
}

export function daysInMonth(year: number, month: number): number {
  return month < 1 ? 31 : new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

export function toMilliseconds(date: DateValue): number {
  const shifted = new Date(0);
  shifted.setUTCFullYear(date.year, date.month - 1, date.day);
  shifted.setUTCHours(date.hour, date.minute, date.second);
  return shifted.getTime();
}

export function fromMilliseconds(time: number, hasTime: boolean): DateValue {
  const date = new Date(time);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    hasTime,
  };
}

export function digits(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

export function showDate(date: DateValue): string {
  return `${digits(date.year, 4)}-${digits(date.month)}-${digits(date.day)}`;
}

export function showTime(date: DateValue): string {
  return `${digits(date.hour)}:${digits(date.minute)}:${digits(date.second)}`;
}

export function showMoment(date: DateValue): string {
  return date.hasTime ? `${showDate(date)} ${showTime(date)}` : showDate(date);
}
