const pattern =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|[-+]\d\d?(?::\d\d)?))?)?$/;

/**
 * A YAML date or time in ISO form: `2024-01-02`, `2024-01-02T03:04:05.500000+01:00`.
 * `undefined` when the calendar or the clock has no such moment.
 */
export function toIsoTimestamp(text: string): string | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = '', hour, minute = '', second = '', fraction = '', zone] = match;
  if (!isCalendarDay(Number(year), Number(month), Number(day))) return undefined;
  const date = `${year}-${pad(month)}-${pad(day)}`;
  if (hour === undefined) return date;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const micros = fraction.slice(0, 6).padEnd(6, '0');
  const tail = micros === '000000' ? '' : `.${micros}`;
  return `${date}T${pad(hour)}:${minute}:${second}${tail}${isoZone(zone)}`;
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isoZone(zone: string | undefined): string {
  if (zone === undefined) return '';
  if (zone === 'Z') return '+00:00';
  const [hours = '', minutes = '00'] = zone.slice(1).split(':');
  return `${zone[0]}${pad(hours)}:${minutes}`;
}

function pad(digits: string): string {
  return digits.padStart(2, '0');
}
