import { describe, expect, it } from 'vitest';
import { parseAddress, parseCount, parseDuration, parsePort, parseStartList } from './parse-options.ts';

const place = { flag: '--flag', command: 'proctor x' };

describe('options', () => {
  it('reads ports, counts and addresses', () => {
    expect(parsePort('0', place)).toBe(0);
    expect(parsePort('65535', place)).toBe(65_535);
    expect(parseCount('3', place)).toBe(3);
    expect(parseAddress('http://localhost:5000/api/', place)).toBe('http://localhost:5000/api');
  });

  it.each([
    ['90s', 90_000],
    ['90', 90_000],
    ['10m', 600_000],
    ['500ms', 500],
    ['2h', 7_200_000],
    ['1.5m', 90_000],
  ])('reads the duration %s', (text, durationMs) => {
    expect(parseDuration(text, place)).toBe(durationMs);
  });

  it.each(['0', '0s', '-1s', '', 's', '1 h', '5d', '1e3', 'soon'])('refuses the duration %j', (text) => {
    expect(() => parseDuration(text, place)).toThrow(`--flag is "${text}"`);
  });

  it.each(['-1', '65536', '1e3', '', ' 5', '5.0'])('refuses the port %j by the flag it came from', (text) => {
    expect(() => parsePort(text, place)).toThrow(`--flag is "${text}"`);
  });

  it.each(['0', '-2', 'x', '2.5'])('refuses the count %j', (text) => {
    expect(() => parseCount(text, place)).toThrow(`--flag is "${text}"`);
  });

  it.each(['localhost:5000', 'ftp://x', '', 'nonsense'])('refuses the address %j', (text) => {
    expect(() => parseAddress(text, place)).toThrow(`--flag is "${text}"`);
  });
});

describe('the list of --start', () => {
  it('keeps its order and adds up what comes twice', () => {
    const start = parseStartList(['os', '2', 'dbbench', '1', 'os', '3'], 'proctor start-task');
    expect([...start]).toEqual([
      ['os', 5],
      ['dbbench', 1],
    ]);
  });

  it.each([[['os']], [['os', '2', 'dbbench']]])('refuses an odd number of words: %j', (words) => {
    expect(() => parseStartList(words, 'proctor start-task')).toThrow('odd number of words');
  });

  it.each(['0', '-1', 'two', '1.5'])('refuses %j workers', (count) => {
    expect(() => parseStartList(['os', count], 'proctor start-task')).toThrow(`"${count}"`);
  });
});
