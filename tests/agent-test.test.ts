import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startFakeModelServer } from '../src/testing/fake-model-server.ts';
import { assignmentFile } from './fixtures/configs.ts';
import { makeFolder } from './fixtures/folder.ts';
import { runProctor } from './fixtures/program.ts';

const agents = stringify({
  parrot: { module: 'scripted', parameters: { replies: ['first', 'second'] } },
  other: { module: 'scripted', parameters: { replies: ['${NOT_SET_ANYWHERE}'] } },
});

describe('proctor agent-test', () => {
  it('sends each line to the agent and prints its answers', async () => {
    await using folder = await makeFolder({ 'agents.yaml': agents });
    const words = ['agent-test', '--config', 'agents.yaml', '--agent', 'parrot'];
    const { code, stdout } = await runProctor(words, { cwd: folder.path, input: 'hello\n\nand again\n' });
    expect([code, stdout]).toEqual([0, 'first\nsecond\n']);
  });

  it('reads an assignment file too', async () => {
    await using folder = await makeFolder({
      'assignment.yaml': assignmentFile({ controller: 'http://x/api' }),
    });
    const words = ['agent-test', '--config', 'assignment.yaml', '--agent', 'parrot'];
    const { code, stdout } = await runProctor(words, { cwd: folder.path, input: 'hi\n' });
    expect([code, stdout]).toEqual([0, 'hello\n']);
  });

  it('talks to a model and says clearly, without the key, that it fails', async () => {
    await using server = await startFakeModelServer({ replies: ['I am a model'] });
    const setting = { env: { OPENAI_API_KEY: 'sk-very-secret', OPENAI_BASE_URL: server.baseUrl } };
    const words = ['agent-test', '--config', 'configs/agents/api_agents.yaml', '--agent', 'openai'];
    const good = await runProctor(words, { ...setting, input: 'who are you?\n' });
    expect([good.code, good.stdout]).toEqual([0, 'I am a model\n']);
    expect(server.requests[0]?.headers['authorization']).toBe('Bearer sk-very-secret');
    server.failNext({ kind: 'answer', status: 401, body: '{"error": "wrong key sk-very-secret"}' });
    const bad = await runProctor(words, { ...setting, input: 'who are you?\n' });
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain('401');
    expect(bad.stderr).not.toContain('sk-very-secret');
  });

  it('lists the agents when it is asked for another', async () => {
    await using folder = await makeFolder({ 'agents.yaml': agents });
    const words = ['agent-test', '--config', 'agents.yaml', '--agent', 'parot'];
    const { code, stderr } = await runProctor(words, { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toContain('parot');
    expect(stderr).toContain('parrot, other');
  });
});
