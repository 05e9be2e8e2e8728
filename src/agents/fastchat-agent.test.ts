import { describe, expect, it } from 'vitest';
import { startFakeModelServer, type FakeModelOptions } from '../testing/fake-model-server.ts';
import { actContext, agentContext, describeAgent, historyOf } from './agent.suite.ts';
import { FastChatAgent } from './fastchat-agent.ts';

async function startSubject(
  options: FakeModelOptions = {},
  parameters: Readonly<Record<string, unknown>> = {},
) {
  const server = await startFakeModelServer(options);
  const checked = FastChatAgent.parameters.parse({
    model_name: 'vicuna-7b-v1.5',
    controller_address: server.origin,
    attempts: 1,
    ...parameters,
  });
  const agent = new FastChatAgent(checked, agentContext({ name: 'vicuna' }));
  const dispose = async () => {
    await agent.release();
    await server.close();
  };
  return { server, agent, [Symbol.asyncDispose]: dispose };
}

describeAgent('fastchat', async () => {
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

describe('the fastchat agent', () => {
  it('asks the controller for a stream, and takes its last text', async () => {
    await using subject = await startSubject(
      { replies: ['the whole answer'] },
      {
        name: 'FastChat',
        max_new_tokens: 512,
        prompter: { name: 'claude', args: {} },
        args: { stop: '###' },
      },
    );
    expect(await subject.agent.act(historyOf(0), actContext())).toEqual({
      status: 'normal',
      content: 'the whole answer',
    });
    const [sent] = subject.server.requests;
    expect(sent?.path).toBe('/worker_generate_stream');
    expect(sent?.body).toEqual({
      model: 'vicuna-7b-v1.5',
      temperature: 0,
      max_new_tokens: 512,
      echo: false,
      top_p: 0,
      stop: '###',
      prompt: 'Human: question 0\n\nAssistant:',
    });
  });

  it('tells what the last part of the stream says that it cost', async () => {
    const part = (text: string, tokens: number) =>
      `{"text": "${text}", "error_code": 0, "usage": {"prompt_tokens": 9, "completion_tokens": ${tokens}}}\0`;
    const body = part('a', 1) + part('a b', 2);
    await using subject = await startSubject({ failures: [{ kind: 'answer', status: 200, body }] });
    const { usage } = await subject.agent.act(historyOf(0), actContext());
    expect(usage).toEqual({ inputTokens: 9, outputTokens: 2 });
  });

  it.each([
    ['{"text": "the prompt is too long", "error_code": 50001}\0', 'agent context limit'],
    ['{"text": "", "error_code": 40303}\0', 'agent context limit'],
  ])('answers that the context is full: %j', async (body, status) => {
    await using subject = await startSubject({ failures: [{ kind: 'answer', status: 200, body }] });
    expect((await subject.agent.act(historyOf(0), actContext())).status).toBe(status);
  });

  it.each([
    ['{"text": "no worker for vicuna", "error_code": 50005}\0', 'model-api-failed', 'no worker for vicuna'],
    ['', 'model-reply-invalid', 'it is empty'],
    ['{"text": "cut of', 'model-reply-invalid', 'not JSON'],
    ['{"error_code": 0}\0', 'model-reply-invalid', 'no "text"'],
  ])('names what was wrong with the reply %j', async (body, code, words) => {
    await using subject = await startSubject({ failures: [{ kind: 'answer', status: 200, body }] });
    const message = expect.stringContaining(words) as string;
    await expect(subject.agent.act(historyOf(0), actContext())).rejects.toMatchObject({ code, message });
  });

  it.each([
    [{ model_name: 'vicuna' }, 'expected controller_address or worker_address'],
    [{ model_name: 'mine', worker_address: 'http://x.test' }, 'the prompt form of "mine" is not known'],
  ])('refuses the parameters %j', (parameters, message) => {
    const checked = FastChatAgent.parameters.safeParse(parameters);
    expect(checked.error?.issues[0]?.message).toContain(message);
  });
});
