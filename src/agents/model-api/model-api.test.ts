import { describe, expect, it } from 'vitest';
import { silentLogger, type Logger } from '../../base/index.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { startFakeModelServer, type ModelFailure } from '../../testing/fake-model-server.ts';
import { ModelApi, type ModelApiSettings } from './model-api.ts';

const noSignal = new AbortController().signal;

class Warnings {
  readonly messages: string[] = [];
  readonly log: Logger;
  #waiting: (() => void)[] = [];

  constructor() {
    const warn = (message: string) => {
      this.messages.push(message);
      for (const resolve of this.#waiting.splice(0)) resolve();
    };
    this.log = { ...silentLogger, warn };
  }

  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

function createApi(changes: Partial<ModelApiSettings> & { readonly url: string }) {
  const clock = new FakeClock();
  const warnings = new Warnings();
  const api = new ModelApi({
    agent: 'gpt',
    headers: {},
    proxies: {},
    verifyTls: true,
    timeoutMs: 120_000,
    attempts: 3,
    body: {},
    clock,
    log: warnings.log,
    ...changes,
  });
  return { api, clock, warnings, [Symbol.asyncDispose]: () => api.close() };
}

const overloaded: ModelFailure = { kind: 'answer', status: 503, body: 'overloaded' };

describe('a failing model API', () => {
  it('is asked again after 2 s and 3 s, and then its answer counts', async () => {
    await using server = await startFakeModelServer({ failures: [overloaded, { kind: 'reset' }] });
    await using made = createApi({ url: server.chatUrl });
    const first = made.warnings.next();
    const asked = made.api.post('{}', noSignal);
    await first;
    await made.clock.advance(1999);
    expect(server.requests).toHaveLength(1);
    const second = made.warnings.next();
    await made.clock.advance(1);
    await second;
    await made.clock.advance(2999);
    expect(server.requests).toHaveLength(2);
    await made.clock.advance(1);
    expect((await asked).kind).toBe('reply');
    expect(server.requests).toHaveLength(3);
    expect(made.clock.pendingTimers).toBe(0);
  });

  it('is given up after the last try, with its status and the beginning of its body', async () => {
    const body = 'x'.repeat(600);
    await using server = await startFakeModelServer({ failures: [{ kind: 'answer', status: 500, body }] });
    await using made = createApi({ url: server.chatUrl, attempts: 1 });
    const error = await made.api.post('{}', noSignal).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'model-api-failed',
      message: `The model API of agent "gpt" answered 500: ${'x'.repeat(500)}`,
      where: server.chatUrl,
    });
  });

  it.each([
    [400, 'no', 'model-api-failed'],
    [401, 'no', 'model-api-refused'],
    [404, 'no', 'model-api-refused'],
    [429, '{"error": {"code": "insufficient_quota"}}', 'model-api-refused'],
  ])('is not asked again after status %i: %s', async (status, body, code) => {
    await using server = await startFakeModelServer({ failures: [{ kind: 'answer', status, body }] });
    await using made = createApi({ url: server.chatUrl });
    await expect(made.api.post('{}', noSignal)).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
  });

  it('is left alone for as long as retry-after says', async () => {
    const busy: ModelFailure = { kind: 'answer', status: 429, headers: { 'retry-after': '30' } };
    await using server = await startFakeModelServer({ failures: [busy] });
    await using made = createApi({ url: server.chatUrl });
    const warned = made.warnings.next();
    const asked = made.api.post('{}', noSignal);
    await warned;
    await made.clock.advance(29_999);
    expect(server.requests).toHaveLength(1);
    await made.clock.advance(1);
    expect((await asked).kind).toBe('reply');
  });

  it('that is not there is named', async () => {
    const server = await startFakeModelServer();
    await server.close();
    await using made = createApi({ url: server.chatUrl, attempts: 1 });
    await expect(made.api.post('{}', noSignal)).rejects.toMatchObject({
      code: 'model-api-unreachable',
      message: expect.stringContaining('ECONNREFUSED') as string,
      where: server.chatUrl,
    });
  });

  it('that says nothing in time is told so', async () => {
    await using server = await startFakeModelServer({ failures: [{ kind: 'hang' }] });
    await using made = createApi({ url: server.chatUrl, attempts: 1, timeoutMs: 5000 });
    const asked = made.api.post('{}', noSignal);
    const outcome = expect(asked).rejects.toMatchObject({
      code: 'model-api-timeout',
      message: 'The model API of agent "gpt" gave no answer within 5000 ms',
    });
    await server.waitForRequests(1);
    await made.clock.advance(5000);
    await outcome;
  });
});

describe('the key', () => {
  it.each([401, 400, 500])('is in no message when a server repeats it with status %i', async (status) => {
    const key = 'sk-very-secret-key';
    const body = `{"error": {"message": "Incorrect API key provided: ${key}. ${'x'.repeat(430)} ${key}"}}`;
    await using server = await startFakeModelServer({ failures: [{ kind: 'answer', status, body }] });
    await using made = createApi({
      url: `${server.chatUrl}?key=${key}`,
      headers: { Authorization: `Bearer ${key}` },
      attempts: 1,
    });
    server.failNext({ kind: 'answer', status, body });
    const error = await made.api.post('{}', noSignal).catch((thrown: unknown) => thrown);
    const shown = [String(error), JSON.stringify(error), (error as { where: string }).where].join();
    expect(shown).toContain('***');
    expect(shown).not.toContain('sk-very');
  });

  it('is in no warning before a further try', async () => {
    const body = 'bad key sk-very-secret-key';
    await using server = await startFakeModelServer({ failures: [{ kind: 'answer', status: 500, body }] });
    await using made = createApi({ url: server.chatUrl, headers: { 'api-key': 'sk-very-secret-key' } });
    const warned = made.warnings.next();
    const asked = made.api.post('{}', noSignal);
    await warned;
    expect(made.warnings.messages).toEqual(['The model API of agent "gpt" answered 500: bad key ***']);
    await made.clock.advance(2000);
    await asked;
  });
});

it('an abort ends a pause between two tries at once', async () => {
  await using server = await startFakeModelServer({ failures: [overloaded] });
  await using made = createApi({ url: server.chatUrl });
  const abort = new AbortController();
  const warned = made.warnings.next();
  const asked = made.api.post('{}', abort.signal);
  await warned;
  const reason = new Error('cancelled');
  abort.abort(reason);
  await expect(asked).rejects.toBe(reason);
  expect(made.clock.pendingTimers).toBe(0);
});

it('a full context is told apart, and not tried again', async () => {
  const body = '{"error": {"code": "context_length_exceeded"}}';
  await using server = await startFakeModelServer({ failures: [{ kind: 'answer', status: 400, body }] });
  await using made = createApi({ url: server.chatUrl });
  expect(await made.api.post('{}', noSignal)).toEqual({ kind: 'context-limit' });
  expect(server.requests).toHaveLength(1);
});
