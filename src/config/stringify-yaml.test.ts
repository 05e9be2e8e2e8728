import { describe, expect, it } from 'vitest';
import type { Json } from '../base/index.ts';
import { toJson } from './config-node.ts';
import { formatConfig } from './format-config.ts';
import { readJson } from './read-json.ts';
import { readYaml } from './read-yaml.ts';
import { stringifyYaml } from './stringify-yaml.ts';

describe('stringifyYaml', () => {
  it('writes block style with sorted keys', () => {
    const value = { b: [1, { z: 'yes', x: [] }, []], a: { d: 'x y', c: null }, e: {} };
    expect(stringifyYaml(value, { sortKeys: true })).toBe(
      'a:\n  c: null\n  d: x y\nb:\n  - 1\n  - x: []\n    z: "yes"\n  - []\ne: {}\n',
    );
    expect(stringifyYaml(value)).toMatch(/^b:/);
  });

  it.each<Json>([
    ...[
      'yes',
      'y',
      '1:30',
      '010',
      '08',
      '1e3',
      '0x1F',
      '1_000',
      '.5',
      '',
      '~',
      'null',
      '=',
      '<<',
      '2024-01-02',
    ],
    ...[
      'a: b',
      'a #b',
      'a:',
      ' a',
      'a ',
      '- a',
      '---',
      '...',
      '{TIMESTAMP}',
      "it's",
      '"',
      '\\',
      '*a',
      '&a',
      '!a',
      '%a',
    ],
    ...[
      'a\nb\n',
      'a\tb',
      '\u0000',
      '\u0085',
      '\u2028',
      '\ufeff',
      '中文 é 😀',
      '<% NAME %>',
      '@x',
      '`x`',
      '?',
      '|',
      '>',
    ],
    ...[0, -0, 1.5, 1e21, 1e-7, -1.5e-9, 5e-324, Number.NaN, Number.NEGATIVE_INFINITY, true, null],
  ])('%j reads back the same, as a value and as a key', (value) => {
    const document = { k: value, l: [value], [String(value)]: { [String(value)]: [[value], { m: value }] } };
    expect(toJson(readYaml(stringifyYaml(document), 'f'))).toEqual(document);
    expect(toJson(readYaml(stringifyYaml(value), 'f'))).toEqual(value);
  });

  it('writes a key too long for a plain one so that it reads back', () => {
    const document = { ['k'.repeat(1100)]: 'x', ['l'.repeat(1100)]: [1] };
    expect(toJson(readYaml(stringifyYaml(document), 'f'))).toEqual(document);
  });
});

describe('formatConfig', () => {
  it('writes JSON that reads back the same, without escaping letters', () => {
    const value = { b: '中', a: [1, { c: null }] };
    const text = formatConfig(value, 'json');
    expect(text).toContain('"b": "中"');
    expect(toJson(readJson(text, 'f'))).toEqual(value);
    expect(formatConfig(value, 'yaml')).toBe(stringifyYaml(value));
  });
});
