import { describe, expect, it } from 'vitest';
import { startFakeModelServer } from './fake-model-server.ts';

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { authorization: 'Bearer k' } });
}

describe('the fake model server', () => {
  it("answers in order in OpenAI's two forms, and remembers what it was asked", async () => {
    await using server = await startFakeModelServer({ replies: ['one', 'two'] });
    const chat = await (await post(server.chatUrl, { model: 'm', messages: [] })).json();
    const text = await (await post(server.completionsUrl, { model: 'm', prompt: 'x' })).json();
    expect(chat).toMatchObject({
      object: 'chat.completion',
      model: 'm',
      choices: [{ message: { role: 'assistant', content: 'one' } }],
    });
    expect(text).toMatchObject({ object: 'text_completion', choices: [{ text: 'two' }] });
    expect(server.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions', '/v1/completions']);
    expect(server.requests[0]).toMatchObject({
      headers: { authorization: 'Bearer k' },
      body: { model: 'm', messages: [] },
    });
  });

  it('lets a function answer', async () => {
    await using server = await startFakeModelServer({ reply: ({ body }) => `got ${JSON.stringify(body)}` });
    expect(await (await post(server.chatUrl, { a: 1 })).text()).toContain('got {\\"a\\":1}');
  });

  it('fails as told, once each', async () => {
    await using server = await startFakeModelServer({
      failures: [
        { kind: 'answer', status: 429, body: 'slow down', headers: { 'retry-after': '2' } },
        { kind: 'reset' },
      ],
    });
    const refused = await post(server.chatUrl, {});
    expect([refused.status, refused.headers.get('retry-after'), await refused.text()]).toEqual([
      429,
      '2',
      'slow down',
    ]);
    await expect(post(server.chatUrl, {})).rejects.toThrow();
    expect((await post(server.chatUrl, {})).status).toBe(200);
    expect((await post(`${server.baseUrl}/models`, {})).status).toBe(404);
  });

  it('hangs until it is released', async () => {
    await using server = await startFakeModelServer({ failures: [{ kind: 'hang' }] });
    const asked = post(server.chatUrl, {});
    await server.waitForRequests(1);
    server.release();
    expect((await asked).status).toBe(200);
  });

  it('stops although a request hangs, and can be stopped again', async () => {
    const server = await startFakeModelServer({ failures: [{ kind: 'hang' }] });
    const asked = post(server.chatUrl, {}).then(
      () => 'ended',
      () => 'ended',
    );
    await server.waitForRequests(1);
    await server.close();
    await server.close();
    expect(await asked).toBe('ended');
  });
});
