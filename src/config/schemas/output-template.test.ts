import { describe, expect, it } from 'vitest';
import { expandOutputTemplate } from './output-template.ts';

const nowMs = new Date(2026, 10, 4, 5, 7, 9).getTime();

describe('expandOutputTemplate', () => {
  it.each([
    ['out/{TIMESTAMP}', 'out/2026-11-04-05-07-09'],
    ['{TIMESTAMP_DATE}/{TIMESTAMP_TIME}', '2026-11-04/05-07-09'],
    ['x/{{y}}', 'x/{y}'],
    ['{{{TIMESTAMP_DATE}}}', '{2026-11-04}'],
    ['plain', 'plain'],
  ])('%s', (template, expected) => {
    expect(expandOutputTemplate(template, nowMs)).toBe(expected);
  });

  it.each(['{X}', '{}', '{TIMESTAMP', 'a}b', '{TIMESTAMP:>9}', '{toString}'])('refuses %s', (template) => {
    expect(() => expandOutputTemplate(template, nowMs, 'f.yaml:1:9')).toThrowError(
      expect.objectContaining({ code: 'config-invalid', where: 'f.yaml:1:9' }) as Error,
    );
  });
});
