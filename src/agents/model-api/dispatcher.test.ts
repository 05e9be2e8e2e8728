import { expect, it } from 'vitest';
import { chooseProxy } from './dispatcher.ts';

it.each([
  [{}, undefined],
  [{ http: 'http://proxy.test:1' }, undefined],
  [{ https: 'http://proxy.test:1' }, 'http://proxy.test:1'],
  [{ https: 'proxy.test:1' }, 'http://proxy.test:1'],
  [{ https: '' }, undefined],
  [{ all: 'http://all.test:1' }, 'http://all.test:1'],
  [{ all: 'http://all.test:1', https: 'http://s.test:1' }, 'http://s.test:1'],
  [{ https: 'http://s.test:1', 'https://api.test': 'http://host.test:1' }, 'http://host.test:1'],
  [{ 'https://other.test': 'http://host.test:1' }, undefined],
])('for https://api.test/v1 %j chooses %s', (proxies, chosen) => {
  expect(chooseProxy('https://api.test/v1', proxies as Record<string, string>)).toBe(chosen);
});
