import { expect, it } from 'vitest';
import { createScrubber, shownAddress } from './secrets.ts';

it('hides keys from headers, bodies, addresses and proxies, and nothing else', () => {
  const scrub = createScrubber({
    url: 'https://api.test/v1?key=query-secret',
    headers: {
      Authorization: 'Bearer header-secret',
      'X-Api-Key': 'other-secret',
      'Content-Type': 'application/json',
    },
    body: { model: 'gpt', max_tokens: 512, nested: { access_token: 'body-secret' } },
    proxies: ['http://user:proxy%20secret@proxy.test:8080'],
  });
  const text =
    'header-secret other-secret query-secret body-secret proxy secret proxy%20secret application/json gpt 512';
  expect(scrub(text)).toBe('*** *** *** *** *** *** application/json gpt 512');
});

it('shows an address without credentials and query', () => {
  expect(shownAddress('https://me:pass@api.test/v1/chat?key=abc')).toBe('https://api.test/v1/chat');
});
