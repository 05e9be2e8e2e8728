import { describe, expect, it } from 'vitest';
import type { Cell } from './engine.ts';
import { showResult } from './show-result.ts';

const show = (...row: readonly Cell[]) => showResult({ rows: [row] });

describe('showResult', () => {
  it('prints rows as a list of tuples', () => {
    expect(showResult({ rows: [] })).toBe('[]');
    expect(showResult({ rows: [['a'], ['b']] })).toBe("[('a',), ('b',)]");
    expect(show('a', 1, 2n ** 60n, null)).toBe("[('a', 1, 1152921504606846976, None)]");
  });

  it('prints texts in the quotes that Python chooses', () => {
    expect(show("it's", 'a "b"', `it's "b"`, 'a\\b\n\t\x01é\u00a0🙂')).toBe(
      `[("it's", 'a "b"', 'it\\'s "b"', 'a\\\\b\\n\\t\\x01é\\xa0🙂')]`,
    );
  });

  it.each([
    [{ type: 'float', value: 1 }, '1.0'],
    [{ type: 'float', value: 0.1 + 0.2 }, '0.30000000000000004'],
    [{ type: 'float', value: 1e22 }, '1e+22'],
    [{ type: 'float', value: 1e15 }, '1000000000000000.0'],
    [{ type: 'float', value: 0.00001 }, '1e-05'],
    [{ type: 'float', value: 0.0001 }, '0.0001'],
    [{ type: 'decimal', text: '1.50' }, "Decimal('1.50')"],
    [{ type: 'date', text: '2020-01-31' }, 'datetime.date(2020, 1, 31)'],
    [{ type: 'date', text: '0000-00-00' }, 'None'],
    [{ type: 'datetime', text: '2020-01-31 10:20:00' }, 'datetime.datetime(2020, 1, 31, 10, 20)'],
    [
      { type: 'datetime', text: '2020-01-31 10:20:30.5' },
      'datetime.datetime(2020, 1, 31, 10, 20, 30, 500000)',
    ],
    [{ type: 'time', text: '10:20:30' }, 'datetime.timedelta(seconds=37230)'],
    [{ type: 'time', text: '-10:20:30' }, 'datetime.timedelta(days=-1, seconds=49170)'],
    [{ type: 'bytes', bytes: new TextEncoder().encode("a'\u00e9") }, `b"a'\\xc3\\xa9"`],
  ] as const)('prints %o', (cell, shown) => {
    expect(show(cell)).toBe(`[(${shown},)]`);
  });

  it('cuts after 800 characters, and says so', () => {
    const longest = 'x'.repeat(800);
    expect(showResult({ error: longest })).toBe(longest);
    expect(showResult({ error: `${longest}y` })).toBe(`${longest}[TRUNCATED]`);
    expect(showResult({ error: '🙂'.repeat(801) })).toBe(`${'🙂'.repeat(800)}[TRUNCATED]`);
  });
});
