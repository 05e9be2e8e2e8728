import { describe, expect, it } from 'vitest';
import { ProctorError, type Json } from '../base/index.ts';
import { toJson } from './config-node.ts';
import { readYaml } from './read-yaml.ts';

function read(text: string): Json {
  return toJson(readYaml(text, 'f.yaml'));
}

function faultOf(text: string): { readonly where: string | undefined; readonly message: string } {
  try {
    readYaml(text, 'f.yaml');
  } catch (error) {
    if (ProctorError.is(error) && error.code === 'config-syntax') return error;
    throw error;
  }
  return expect.unreachable(`${text} was to be refused`);
}

describe('plain scalars are those of YAML 1.1', () => {
  it.each<[string, Json]>([
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['N', 'N'],
    ['yEs', 'yEs'],
    ['~', null],
    ['', null],
    ['010', 8],
    ['08', '08'],
    ['0o10', '0o10'],
    ['0b101', 5],
    ['0x1F', 31],
    ['1_000', 1000],
    ['-0', 0],
    ['1:30', 90],
    ['-1:30', -90],
    ['1:60', '1:60'],
    ['190:20:30', 685230],
    ['1:30.5', 90.5],
    ['1e3', '1e3'],
    ['1.0e3', '1.0e3'],
    ['1.0e+3', 1000],
    ['.5', 0.5],
    ['._5', '._5'],
    ['-.inf', Number.NEGATIVE_INFINITY],
    ['.nan', Number.NaN],
    ['=', '='],
    ["'010'", '010'],
    ['"yes"', 'yes'],
    ['2024-01-02', '2024-01-02'],
    ['2001-12-14 21:59:43.10 -5', '2001-12-14T21:59:43.100000-05:00'],
    ['2024-1-2T3:04:05Z', '2024-01-02T03:04:05+00:00'],
    ['<% NAME %>', '<% NAME %>'],
    ['umask 0; [ -f /x ] && y', 'umask 0; [ -f /x ] && y'],
    ['!!str 010', '010'],
    ['!!int "5"', 5],
  ])('%s', (text, value) => {
    expect(read(`k: ${text}`)).toEqual({ k: value });
  });

  it('turns keys into the strings that JSON has for them', () => {
    expect(read('yes: 1\n010: 2\n1.0: 3\n~: 4')).toEqual({ true: 1, 8: 2, '1.0': 3, null: 4 });
  });

  it('keeps a key named __proto__ an ordinary key', () => {
    expect(Object.keys(read('__proto__: {a: 1}') as object)).toEqual(['__proto__']);
  });
});

describe('documents', () => {
  it.each<[string, Json]>([
    ['', null],
    ['# nothing\n', null],
    ['a: 1\na: 2', { a: 2 }],
    ['k: |\n  x\n  y', { k: 'x\ny' }],
    ['k: |\n  x\n  y\n', { k: 'x\ny\n' }],
    ['a: 1\n...\n', { a: 1 }],
    ['b: &x {a: 1, c: 2}\nd: {<<: [*x, {c: 9, e: 6}], a: 0}', { b: { a: 1, c: 2 }, d: { a: 0, c: 2, e: 6 } }],
    ["f: {'<<': 5}", { f: { '<<': 5 } }],
  ])('%j', (text, value) => {
    expect(read(text)).toEqual(value);
  });

  it.each<[string, string]>([
    ['a: 1\n---\nb: 2', 'f.yaml:2:1'],
    ['a: 1\n---\n', 'f.yaml:2:1'],
    ['a:\n  b: [1, 2\n', 'f.yaml:3:1'],
    ['a: b: c', 'f.yaml:1:4'],
    ['a: 1\n\tb: 2', 'f.yaml:2:1'],
    ['%a: 1', 'f.yaml:1:1'],
    ['a: *x', 'f.yaml:1:4'],
    ['a: &a [*a]', 'f.yaml:1:7'],
    ['? [1]\n: 2', 'f.yaml:1:3'],
    ['a: !secret x', 'f.yaml:1:12'],
    ['a: 2024-13-01', 'f.yaml:1:4'],
    ['a: 12345678901234567890', 'f.yaml:1:4'],
    ['f:\n  <<: 5', 'f.yaml:2:3'],
  ])('refuses %j at %s', (text, where) => {
    expect(faultOf(text).where).toBe(where);
  });

  it('says what to do about a number that cannot be held', () => {
    expect(faultOf('seed: 12345678901234567890').message).toContain('put it in quotes');
  });
});
