import { describe, expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import { controllerRoutes } from '../protocol/index.ts';
import { createHttpServer } from './index.ts';

const handlers = Object.fromEntries(
  Object.keys(controllerRoutes).map((name) => [name, ({ body }: { body: unknown }) => body ?? null]),
) as unknown as Parameters<typeof createHttpServer<typeof controllerRoutes>>[1];
const { transport } = createHttpServer(controllerRoutes, handlers, { log: silentLogger });

async function post(path: string, body: unknown) {
  const url = `http://controller/api${path}`;
  const { status, text } = await transport({ method: 'POST', url, body: JSON.stringify(body), timeoutMs: 1 });
  return { status, value: JSON.parse(text) as Record<string, unknown> };
}

function tooLong(loc: readonly (string | number)[], limit: number) {
  const msg = `ensure this value has at most ${limit} characters`;
  return { loc: ['body', ...loc], msg, type: 'value_error.any_str.max_length', ctx: { limit_value: limit } };
}

function tooMany(loc: readonly (string | number)[], limit: number) {
  const msg = `ensure this value has at most ${limit} items`;
  return { loc: ['body', ...loc], msg, type: 'value_error.list.max_items', ctx: { limit_value: limit } };
}

const name = (length: number) => 'n'.repeat(length);
const beat = { name: 'echo', address: 'http://w/api', concurrency: 1, indices: [1] };
const message = { role: 'user', content: 'x' };
const result = (messages: number) => ({
  index: 1,
  status: 'completed',
  result: 1,
  history: new Array(messages).fill(message),
});

describe('requests are bounded', () => {
  it.each<[string, string, unknown, unknown]>([
    ['a task', '/start_sample', { name: name(201), index: 1 }, tooLong(['name'], 200)],
    ['an owner', '/start_sample', { name: 'echo', index: 1, owner: name(201) }, tooLong(['owner'], 200)],
    ['a start', '/start_sample', { name: 'echo', index: 1, start_id: name(201) }, tooLong(['start_id'], 200)],
    ['an owner to end', '/cancel_owned', { owner: name(201) }, tooLong(['owner'], 200)],
    ['a worker’s task', '/receive_heartbeat', { ...beat, name: name(201) }, tooLong(['name'], 200)],
    ['an address', '/receive_heartbeat', { ...beat, address: name(2001) }, tooLong(['address'], 2000)],
    ['an instance', '/receive_heartbeat', { ...beat, instance: name(201) }, tooLong(['instance'], 200)],
    ['a leaver', '/unregister_worker', { name: 'e', address: name(2001) }, tooLong(['address'], 2000)],
    [
      'a list of samples',
      '/receive_heartbeat',
      { ...beat, indices: new Array(2_000_001).fill(1) },
      tooMany(['indices'], 2_000_000),
    ],
    [
      'a history',
      '/calculate_overall',
      { name: 'echo', results: [result(1), result(10_001)] },
      tooMany(['results', 1, 'history'], 10_000),
    ],
  ])('by the length of %s', async (_what, path, body, entry) => {
    expect(await post(path, body)).toEqual({ status: 422, value: { detail: [entry] } });
  });

  it('and what is just as long is taken', async () => {
    const whole = { ...beat, name: name(200), address: name(2000), instance: name(200) };
    expect((await post('/receive_heartbeat', whole)).status).toBe(200);
    expect((await post('/calculate_overall', { name: 'e', results: [result(10_000)] })).status).toBe(200);
    const start = { name: 'echo', index: 1, owner: name(200), start_id: name(200) };
    expect(await post('/start_sample', start)).toEqual({ status: 200, value: start });
  });

  it('and what a foreign client means by our own fields is ignored as ever', async () => {
    const start = { name: 'echo', index: 1, owner: 5, start_id: '' };
    expect(await post('/start_sample', start)).toEqual({ status: 200, value: { name: 'echo', index: 1 } });
  });
});
