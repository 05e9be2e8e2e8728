import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as forwardRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Message } from '../protocol/index.ts';
import { startFakeModelServer, type FakeModelOptions } from '../testing/fake-model-server.ts';
import { actContext, agentContext, describeAgent, historyOf } from './agent.suite.ts';
import { HttpAgent } from './http-agent.ts';

const chatFormat = '{response[choices][0][message][content]}';

function createAgent(parameters: Readonly<Record<string, unknown>>, folder = process.cwd()): HttpAgent {
  const checked = HttpAgent.parameters.parse({ return_format: chatFormat, attempts: 1, ...parameters });
  return new HttpAgent(checked, agentContext({ name: 'gpt', folder }));
}

async function startSubject(
  options: FakeModelOptions = {},
  parameters: Readonly<Record<string, unknown>> = {},
) {
  const server = await startFakeModelServer(options);
  const agent = createAgent({ url: server.chatUrl, ...parameters });
  const dispose = async () => {
    await agent.release();
    await server.close();
  };
  return { server, agent, [Symbol.asyncDispose]: dispose };
}

describeAgent('http', async () => {
  const subject = await startSubject({ reply: ({ body }) => `heard ${JSON.stringify(body).length}` });
  return {
    ...subject,
    stall: async () => {
      subject.server.failNext({ kind: 'hang' });
      const count = subject.server.requests.length + 1;
      return () => subject.server.waitForRequests(count);
    },
  };
});

describe('the http agent', () => {
  it.each([
    ['{"input_tokens": 7, "output_tokens": 3}', { inputTokens: 7, outputTokens: 3 }],
    ['{"prompt_tokens": 7}', undefined],
    ['"much"', undefined],
  ])('tells what the reply says that it cost: %s', async (written, usage) => {
    const body = `{"choices": [{"message": {"content": "hi"}}], "usage": ${written}}`;
    await using subject = await startSubject({ failures: [{ kind: 'answer', status: 200, body }] });
    expect((await subject.agent.act(historyOf(0), actContext())).usage).toEqual(usage);
  });

  it("plays OpenAI's chat API with AgentBench's own parameters", async () => {
    await using subject = await startSubject(
      { replies: ['hello'] },
      {
        name: 'gpt-4o',
        headers: { Authorization: 'Bearer key-1', 'Content-Type': 'application/json' },
        body: { model: 'gpt-4o', temperature: 0, messages: 'stands under the prompt' },
        prompter: { name: 'role_content_dict', args: { agent_role: 'assistant' } },
      },
    );
    const answer = await subject.agent.act(historyOf(1), actContext());
    const usage = { inputTokens: 10, outputTokens: 5 };
    expect(answer).toEqual({ status: 'normal', content: 'hello', usage });
    const [sent] = subject.server.requests;
    expect(sent?.headers).toMatchObject({
      authorization: 'Bearer key-1',
      'content-type': 'application/json',
    });
    expect(sent?.body).toEqual({
      model: 'gpt-4o',
      temperature: 0,
      messages: [
        { role: 'user', content: 'question 0' },
        { role: 'assistant', content: 'answer 0' },
        { role: 'user', content: 'question 1' },
      ],
    });
  });

  it("plays OpenAI's text API", async () => {
    await using server = await startFakeModelServer({ replies: ['hello'] });
    const agent = createAgent({
      url: server.completionsUrl,
      prompter: { name: 'prompt_string' },
      return_format: '{response[choices][0][text]}',
    });
    expect((await agent.act(historyOf(0), actContext())).content).toBe('hello');
    expect(server.requests[0]?.body).toEqual({ prompt: 'USER: question 0\n\nAGENT:' });
    await agent.release();
  });

  it('answers that the context is full when the API says so', async () => {
    const body = '{"error": {"message": "maximum context length is 10 tokens"}}';
    await using subject = await startSubject({ failures: [{ kind: 'answer', status: 400, body }] });
    expect(await subject.agent.act(historyOf(0), actContext())).toEqual({
      status: 'agent context limit',
      content: null,
    });
  });

  it.each([
    [
      '{"error": {"message": "no such model"}}',
      'response has no [choices]; it is an object with the keys error',
    ],
    ['<html>', 'it is not JSON'],
    ['', 'it is not JSON'],
  ])('says what was there in place of an answer: %s', async (body, problem) => {
    await using subject = await startSubject({ failures: [{ kind: 'answer', status: 200, body }] });
    await expect(subject.agent.act(historyOf(0), actContext())).rejects.toMatchObject({
      code: 'model-reply-invalid',
      message: expect.stringContaining(problem) as string,
      where: subject.server.chatUrl,
    });
  });

  it('takes an answer without words for an empty one', async () => {
    const body = '{"choices": [{"message": {"content": null}}]}';
    await using subject = await startSubject({ failures: [{ kind: 'answer', status: 200, body }] });
    expect(await subject.agent.act(historyOf(0), actContext())).toEqual({ status: 'normal', content: '' });
  });

  it.each([
    [{ url: '' }, 'url'],
    [{ url: 'http://' }, 'url'],
    [{ url: 'ftp://x.test' }, 'url'],
    [{}, 'url'],
    [{ url: 'http://x.test', timeoutMs: 0 }, 'timeoutMs'],
    [{ url: 'http://x.test', attempts: 0 }, 'attempts'],
    [{ url: 'http://x.test', return_format: '{answer}' }, 'return_format'],
    [{ url: 'http://x.test', prompter: { name: 'x' } }, 'prompter'],
    [{ url: 'http://x.test', headers: { a: ['b'] } }, 'headers'],
  ])('refuses the parameters %j', (parameters, field) => {
    const checked = HttpAgent.parameters.safeParse(parameters);
    expect(checked.error?.issues[0]?.path[0]).toBe(field);
  });
});

const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

function lookAt(url: string): readonly Message[] {
  return [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image', url },
      ],
    },
  ];
}

describe('an image', () => {
  async function sendImage(url: string) {
    const folder = await mkdtemp(join(tmpdir(), 'proctor-image-'));
    await writeFile(join(folder, 'shot.png'), pixel);
    await writeFile(join(folder, 'passwords.png'), 'root:x:0:0');
    const server = await startFakeModelServer();
    const agent = createAgent({ url: server.chatUrl }, folder);
    try {
      await agent.act(lookAt(url.replace('FOLDER', folder)), actContext());
      const body = server.requests[0]?.body as { messages: { content: { image_url?: { url: string } }[] }[] };
      return body.messages[0]?.content[1]?.image_url?.url;
    } finally {
      await agent.release();
      await server.close();
      await rm(folder, { recursive: true });
    }
  }

  const whole = `data:image/png;base64,${pixel.toString('base64')}`;

  it.each(['data:image/png;base64,FOLDER/shot.png', 'data:image/png;base64,shot.png'])(
    'that is named by its file is sent as its bytes: %s',
    async (url) => {
      expect(await sendImage(url)).toBe(whole);
    },
  );

  it.each([whole, 'https://images.test/a.png', 'data:image/avif;base64,AAAAIGZ0eXBhdmlm'])(
    'that is whole is sent as it is: %s',
    async (url) => {
      expect(await sendImage(url)).toBe(url);
    },
  );

  it.each([
    ['data:image/png;base64,FOLDER/gone.png', 'there is no such file'],
    ['data:image/png;base64,FOLDER/passwords.png', 'it is no image'],
  ])('that cannot be shown is named: %s', async (url, reason) => {
    await expect(sendImage(url)).rejects.toMatchObject({
      code: 'image-unreadable',
      message: expect.stringContaining(reason) as string,
    });
  });

  it("goes beside the text in VisualAgentBench's form", async () => {
    await using subject = await startSubject(
      { reply: () => 'seen' },
      {
        headers: { 'Content-Type': 'application/json' },
        data: { temperature: 0 },
        prompter: { name: 'prompt_string', args: { text_context_limit: 9776 } },
      },
    );
    const answer = await subject.agent.act(lookAt(whole), actContext());
    expect(answer.content).toBe('seen');
    const [sent] = subject.server.requests;
    expect(sent?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(sent?.body).toContain('name="prompt"\r\n\r\n<|user|>');
    expect(sent?.body).toContain('name="temperature"\r\n\r\n0\r\n');
    expect(sent?.body).toContain('name="image"; filename="image.png"\r\nContent-Type: image/png');
  });

  it('is refused by a prompter that makes one text', async () => {
    await using subject = await startSubject({}, { prompter: { name: 'claude' } });
    await expect(subject.agent.act(lookAt(whole), actContext())).rejects.toMatchObject({
      code: 'history-unsupported',
    });
  });
});

describe('a proxy', () => {
  /** Passes plain requests on, and tunnels; remembers what it was asked for. */
  async function startProxy() {
    const asked: string[] = [];
    const server = createServer((incoming, outgoing) => {
      asked.push(
        `${incoming.method} ${incoming.url} ${incoming.headers['proxy-authorization'] ?? ''}`.trim(),
      );
      const { method = 'GET', headers, url = '' } = incoming;
      const passed = forwardRequest(url, { method, headers }, (reply: IncomingMessage) => {
        outgoing.writeHead(reply.statusCode ?? 500, reply.headers);
        reply.pipe(outgoing);
      });
      incoming.pipe(passed);
    });
    server.on('connect', (incoming: IncomingMessage, socket) => {
      asked.push(`CONNECT ${incoming.url}`);
      const [host, port] = (incoming.url ?? '').split(':');
      const other = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      other.on('error', () => socket.destroy());
      socket.on('error', () => other.destroy());
      other.pipe(socket).pipe(other);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const dispose = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    return { asked, port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: dispose };
  }

  it('is given the requests for its scheme, with its credentials', async () => {
    await using proxy = await startProxy();
    await using subject = await startSubject(
      { replies: ['through'] },
      { proxies: { http: `http://me:pass@127.0.0.1:${proxy.port}` } },
    );
    expect((await subject.agent.act(historyOf(0), actContext())).content).toBe('through');
    const credentials = Buffer.from('me:pass').toString('base64');
    expect(proxy.asked).toEqual([`POST ${subject.server.chatUrl} Basic ${credentials}`]);
    expect(subject.server.requests).toHaveLength(1);
  });

  it('is given a tunnel for https', async () => {
    await using proxy = await startProxy();
    await using server = await startFakeModelServer();
    const url = server.chatUrl.replace('http:', 'https:');
    const agent = createAgent({ url, proxies: { https: `127.0.0.1:${proxy.port}` } });
    // The far side speaks no TLS, so the call fails, after the proxy was asked.
    await expect(agent.act(historyOf(0), actContext())).rejects.toMatchObject({
      code: 'model-api-unreachable',
    });
    expect(proxy.asked).toEqual([`CONNECT ${new URL(server.origin).host}`]);
    await agent.release();
  });

  it('of another scheme is not asked', async () => {
    await using proxy = await startProxy();
    await using subject = await startSubject({}, { proxies: { https: `http://127.0.0.1:${proxy.port}` } });
    await subject.agent.act(historyOf(0), actContext());
    expect(proxy.asked).toEqual([]);
  });
});
