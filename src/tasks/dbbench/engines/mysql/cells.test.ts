import { describe, expect, it } from 'vitest';
import { showResult } from '../show-result.ts';
import { readCell } from './cells.ts';

const types = [
  { name: 'TINYINT', columnType: 1, sent: '-7', shown: '-7' },
  { name: 'SMALLINT', columnType: 2, sent: '300', shown: '300' },
  { name: 'INT', columnType: 3, sent: '42', shown: '42' },
  { name: 'MEDIUMINT', columnType: 9, sent: '42', shown: '42' },
  { name: 'YEAR', columnType: 13, sent: '2020', shown: '2020' },
  { name: 'BIGINT', columnType: 8, sent: '18446744073709551615', shown: '18446744073709551615' },
  { name: 'FLOAT', columnType: 4, sent: '1.5', shown: '1.5' },
  { name: 'DOUBLE', columnType: 5, sent: '62', shown: '62.0' },
  { name: 'DOUBLE, large', columnType: 5, sent: '1e20', shown: '1e+20' },
  { name: 'DECIMAL', columnType: 246, sent: '1.50', shown: "Decimal('1.50')" },
  { name: 'DATE', columnType: 10, sent: '2020-01-31', shown: 'datetime.date(2020, 1, 31)' },
  { name: 'DATE, zero', columnType: 10, sent: '0000-00-00', shown: 'None' },
  {
    name: 'DATETIME',
    columnType: 12,
    sent: '2020-01-31 10:20:30',
    shown: 'datetime.datetime(2020, 1, 31, 10, 20, 30)',
  },
  {
    name: 'DATETIME, full minute',
    columnType: 12,
    sent: '2020-01-31 10:20:00',
    shown: 'datetime.datetime(2020, 1, 31, 10, 20)',
  },
  {
    name: 'TIMESTAMP',
    columnType: 7,
    sent: '2020-01-31 10:20:30.25',
    shown: 'datetime.datetime(2020, 1, 31, 10, 20, 30, 250000)',
  },
  { name: 'TIME', columnType: 11, sent: '01:00:05', shown: 'datetime.timedelta(seconds=3605)' },
  {
    name: 'TIME, negative',
    columnType: 11,
    sent: '-00:00:01',
    shown: 'datetime.timedelta(days=-1, seconds=86399)',
  },
  { name: 'TEXT', columnType: 252, sent: "it's", shown: `"it's"` },
  { name: 'JSON', columnType: 245, sent: '{"a": 1}', shown: `'{"a": 1}'` },
];

describe('a value from the server', () => {
  it.each(types)('of type $name is shown as Python shows it', ({ columnType, sent, shown }) => {
    const cell = readCell(new TextEncoder().encode(sent), { columnType, characterSet: 45 });
    expect(showResult({ rows: [[cell]] })).toBe(`[(${shown},)]`);
  });

  it('of a binary type is shown as bytes', () => {
    const cell = readCell(Uint8Array.of(0x41, 0x00, 0xff), { columnType: 252, characterSet: 63 });
    expect(showResult({ rows: [[cell]] })).toBe("[(b'A\\x00\\xff',)]");
  });

  it('of type BIT is shown as a whole number', () => {
    const cell = readCell(Uint8Array.of(0x01, 0x02), { columnType: 16, characterSet: 63 });
    expect(showResult({ rows: [[cell]] })).toBe('[(258,)]');
  });

  it('that is NULL is shown as None', () => {
    expect(showResult({ rows: [[readCell(null, { columnType: 3 })]] })).toBe('[(None,)]');
  });
});
