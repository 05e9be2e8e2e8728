import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import {
  errorTable,
  every,
  parseJson,
  ProctorError,
  SessionIds,
  sleep,
  stringifyPythonJson,
  withDeadline,
} from './index.ts';

describe('errors', () => {
  it('say what is wrong, where, what was expected and what to do', () => {
    const error = new ProctorError('file-missing', { file: 'a.yaml' }, { where: 'b.yaml:1:2' });
    expect(error).toMatchObject({ message: 'File not found: a.yaml', where: 'b.yaml:1:2', exitCode: 2 });
    expect(error.expected).not.toBe('');
    expect(error.remedy).not.toBe('');
    expect(ProctorError.is(error)).toBe(true);
    expect(ProctorError.is(new Error('x'))).toBe(false);
  });

  it.each(Object.entries(errorTable))('%s is a whole row', (_code, row) => {
    expect(row.sentence).not.toMatch(/[.!]$/);
    expect(row.expected.length).toBeGreaterThan(0);
    expect(row.remedy).toMatch(/\.$|--help\.?$/);
  });
});

describe("JSON as Python's", () => {
  it('reads NaN and the infinities, but not inside strings', () => {
    expect(parseJson('[NaN, -Infinity, "NaN", {"a": Infinity}]')).toEqual([
      NaN,
      -Infinity,
      'NaN',
      { a: Infinity },
    ]);
    expect(() => parseJson('{"NaN": }')).toThrow(SyntaxError);
    expect(() => parseJson('[nan]')).toThrow(SyntaxError);
  });

  it('writes blanks, ASCII and non-finite numbers as Python does', () => {
    const value = { a: [1, NaN, -0], é: '\u{1f600}"', none: null, e: {}, l: [] };
    expect(stringifyPythonJson(value)).toBe(
      '{"a": [1, NaN, -0.0], "\\u00e9": "\\ud83d\\ude00\\"", "none": null, "e": {}, "l": []}',
    );
    expect(stringifyPythonJson({ b: [1], a: 'é' }, { indent: 4, ascii: false, sortKeys: true })).toBe(
      '{\n    "a": "é",\n    "b": [\n        1\n    ]\n}',
    );
  });
});

describe('session ids', () => {
  it('only rise, stay below 2^53, and are not given again after a restart', async () => {
    const clock = new FakeClock();
    const first = new SessionIds(clock);
    const given = Array.from({ length: 500 }, () => first.next());
    expect(new Set(given).size).toBe(500);
    await clock.advance(1000);
    const restarted = new SessionIds(clock);
    expect(restarted.next()).toBeGreaterThan(Math.max(...given));
    expect(new SessionIds(new FakeClock(Date.UTC(2247, 0, 1))).next()).toBeLessThan(2 ** 53);
  });

  it('lie above one that is in use, as when the clock was set back', () => {
    const ids = new SessionIds(new FakeClock());
    ids.skipPast(2 ** 52);
    expect(ids.next()).toBe(2 ** 52 + 1);
  });
});

describe('time', () => {
  it('a deadline ends the waiting and says for what; its timer goes with it', async () => {
    const clock = new FakeClock();
    const waiting = withDeadline(
      { clock, limitMs: 50, operation: 'the test' },
      () => new Promise(() => undefined),
    );
    const outcome = expect(waiting).rejects.toMatchObject({ code: 'deadline-exceeded' });
    await clock.advance(50);
    await outcome;
    await withDeadline({ clock, limitMs: 50, operation: 'the test' }, () => Promise.resolve(1));
    expect(clock.pendingTimers).toBe(0);
  });

  it('sleep ends early with its signal, every goes on until it is cancelled', async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const asleep = expect(sleep(clock, 1000, abort.signal)).rejects.toThrow('enough');
    abort.abort(new Error('enough'));
    await asleep;
    let ticks = 0;
    const timer = every(clock, 10, () => ticks++);
    await clock.advance(35);
    timer.cancel();
    await clock.advance(100);
    expect([ticks, clock.pendingTimers]).toEqual([3, 0]);
  });
});
