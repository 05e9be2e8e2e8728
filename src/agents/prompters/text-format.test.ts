import { describe, expect, it } from 'vitest';
import { compileFormat, fillFormat } from './text-format.ts';

const reply = { choices: [{ message: { content: 'hello', refusal: null } }], n: 3, ok: true, score: 0.5 };

describe('a return format', () => {
  it.each([
    ['{response[choices][0][message][content]}', 'hello'],
    ['<{response[n]}> {{literal}}', '<3> {literal}'],
    ['{response[choices][0][message][refusal]}', ''],
    ['{response[ok]}/{response[score]}', 'true/0.5'],
    ['{response[choices]}', '[{"message": {"content": "hello", "refusal": null}}]'],
    ['no field', 'no field'],
  ])('%s gives %s', (template, text) => {
    expect(fillFormat(compileFormat(template, 'response'), reply)).toEqual({ text });
  });

  it('gives a text reply as it is', () => {
    expect(fillFormat(compileFormat('{response}', 'response'), 'a "b"\n')).toEqual({ text: 'a "b"\n' });
  });

  it.each([
    ['{response[choices][1][text]}', 'response[choices] has no [1]; it is a list of 1'],
    ['{response[output]}', 'response has no [output]; it is an object with the keys choices, n, ok, score'],
    ['{response[n][x]}', 'response[n] has no [x]; it is 3'],
    [
      '{response[constructor]}',
      'response has no [constructor]; it is an object with the keys choices, n, ok, score',
    ],
  ])('%s says what was there', (template, problem) => {
    expect(fillFormat(compileFormat(template, 'response'), reply)).toEqual({ problem });
  });

  it.each([
    '{response',
    'a } b',
    '{}',
    '{other}',
    '{response.attribute}',
    '{response!r}',
    '{response:>3}',
    '{response[]}',
  ])('refuses %s when it is read', (template) => {
    expect(() => compileFormat(template, 'response')).toThrow(SyntaxError);
  });
});
