import { describe, expect, it } from 'vitest';
import { collectSecrets, redactSecrets } from './redact-secrets.ts';
import { redactText } from './secret-text.ts';

describe('redactSecrets', () => {
  it('masks strings under secret keys at any depth and leaves numbers', () => {
    const value = {
      headers: { authorization: 'Bearer sk-1', 'X-Api-Key': 'k', Accept: 'json' },
      list: [{ client_SECRET: { deep: ['a', 5, true, null] } }],
      max_tokens: 512,
      dbPassword: 'x',
    };
    expect(redactSecrets(value)).toEqual({
      headers: { authorization: '***', 'X-Api-Key': '***', Accept: 'json' },
      list: [{ client_SECRET: { deep: ['***', 5, true, null] } }],
      max_tokens: 512,
      dbPassword: '***',
    });
  });

  it.each([
    'Bearer <% PUT-YOUR-OPENAI-KEY-HERE %>',
    '<% PUT-YOUR-KEY-HERE %>',
    'Bearer ${OPENAI_API_KEY}',
    '',
  ])('shows what is still to be filled in: %s', (text) => {
    expect(redactSecrets({ Authorization: text })).toEqual({ Authorization: text });
  });

  it.each(['sk-real <% KEY %>', '${KEY:-sk-real}', '<% a %> sk-real'])(
    'masks a secret beside one: %s',
    (text) => {
      expect(redactSecrets({ Authorization: text })).toEqual({ Authorization: '***' });
    },
  );

  it('masks what was filled from the environment, whole and inside other strings', () => {
    const secrets = ['sk-123', 'host-sk-123', 'ab'];
    expect(redactSecrets({ a: 'sk-123', b: 'x host-sk-123 y', c: 'ab', d: 'table' }, secrets)).toEqual({
      a: '***',
      b: 'x *** y',
      c: '***',
      d: 'table',
    });
  });

  it.each([
    ['mysql://root:pa:s@s@db:3306/x', 'mysql://root:***@db:3306/x'],
    [
      'see http://u:p@h and http://localhost:5000/api?to=a@b',
      'see http://u:***@h and http://localhost:5000/api?to=a@b',
    ],
    ['https://h/v1?model=m&api_key=abc&n=1', 'https://h/v1?model=m&api_key=***&n=1'],
    ['https://h/v1?key=<% PUT-KEY-HERE %>', 'https://h/v1?key=<% PUT-KEY-HERE %>'],
    ['mysql://root:${PASS}@db/x', 'mysql://root:${PASS}@db/x'],
  ])('masks credentials in %s', (text, expected) => {
    expect(redactSecrets({ url: text })).toEqual({ url: expected });
    expect(redactText(text)).toBe(expected);
  });
});

describe('collectSecrets', () => {
  it('finds what a log line must not show', () => {
    const secrets = collectSecrets({
      headers: { Authorization: 'Bearer sk-literal' },
      key: '<% PUT-KEY-HERE %>',
      url: 'mysql://u:hidden@h',
    });
    expect(redactText('Incorrect API key: sk-literal, hidden, <% PUT-KEY-HERE %>', secrets)).toBe(
      'Incorrect API key: ***, ***, <% PUT-KEY-HERE %>',
    );
  });
});
