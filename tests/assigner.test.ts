import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startFakeModelServer } from '../src/testing/fake-model-server.ts';
import { assignmentFile, type AssignmentSetting } from './fixtures/configs.ts';
import { makeFolder, type Folder } from './fixtures/folder.ts';
import { findFreePorts } from './fixtures/ports.ts';
import { runProctor, startProctor } from './fixtures/program.ts';
import { startSystem, type System } from './fixtures/system.ts';
import { until } from './fixtures/until.ts';

const words = ['assigner', '-c', 'assignment.yaml'];
const runsFile = 'out/parrot/echo/runs.jsonl';
const errorFile = 'out/angry/echo/error.jsonl';

/** An agent of a user's that fails at each turn. */
const angry = {
  angry: { module: './angry.ts#Angry', parameters: {} },
};
const angryCode = `export class Angry { async act() { throw new Error('I will not'); } }`;

/** A model behind an API that is asked once a turn, whatever comes of it. */
function modelAgent(url: string) {
  const prompter = { name: 'role_content_dict', args: { agent_role: 'assistant' } };
  const return_format = '{response[choices][0][message][content]}';
  return { module: 'http', parameters: { url, body: { model: 'm' }, prompter, return_format, attempts: 1 } };
}

async function assign(system: System, setting: AssignmentSetting = {}): Promise<void> {
  await system.folder.write('assignment.yaml', assignmentFile({ controller: system.controller, ...setting }));
}

async function indicesOf(folder: Folder, file = runsFile): Promise<unknown[]> {
  return (await folder.readLines(file)).map(({ index }) => index);
}

async function sessionsAt(controller: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${controller}/list_sessions`)).json()) as Record<string, unknown>;
}

function sorted(indices: readonly unknown[]): unknown[] {
  return [...indices].sort((left, right) => Number(left) - Number(right));
}

const upTo = (count: number) => Array.from({ length: count }, (_none, index) => index);

describe('proctor assigner', () => {
  it('plays every sample, keeps the outcomes and prints a table', async () => {
    await using system = await startSystem();
    await assign(system);
    const { code, stdout, stderr } = await runProctor(words, { cwd: system.folder.path });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/agent +task +n +scored +failed/);
    expect(stdout).toMatch(/parrot +echo +6 +6 +0 +0 +score 1\n/);
    expect(stderr).toMatch(/6 of 6 done, 0 failed/);
    expect(sorted(await indicesOf(system.folder))).toEqual(upTo(6));
    const [run] = await system.folder.readLines(runsFile);
    expect(Object.keys(run ?? {}).slice(0, 5)).toEqual(['index', 'error', 'info', 'output', 'time']);
    const overall = JSON.parse(await system.folder.read('out/parrot/echo/overall.json')) as object;
    expect(overall).toMatchObject({ total: 6, validation: { completed: 1 }, custom: { score: 1 } });
    expect(parse(await system.folder.read('out/config.yaml'))).toMatchObject({
      assignments: [{ agent: 'parrot', task: 'echo' }],
      concurrency: { agent: { parrot: 4 }, task: { echo: 4 } },
    });
    expect(await sessionsAt(system.controller)).toEqual({});
    // Again: nothing is left to play.
    expect((await runProctor(words, { cwd: system.folder.path })).code).toBe(0);
    expect(await indicesOf(system.folder)).toHaveLength(6);
  });

  it('goes on after kill -9, at once, and plays no finished sample again', async () => {
    await using system = await startSystem({ samples: 30, delayMs: 60, concurrency: 3 });
    await assign(system);
    {
      await using first = startProctor(words, { cwd: system.folder.path });
      await until('some samples', async () => (await indicesOf(system.folder)).length >= 6);
      first.kill('SIGKILL');
      await first.exited;
    }
    const before = await system.folder.read(runsFile);
    const { code, stderr } = await runProctor(words, { cwd: system.folder.path });
    expect(code, stderr).toBe(0);
    expect(await system.folder.read(runsFile)).toContain(before.slice(0, before.lastIndexOf('\n') + 1));
    expect(sorted(await indicesOf(system.folder))).toEqual(upTo(30));
    expect(await sessionsAt(system.controller)).toEqual({});
  });

  it('ends at Ctrl-C with 130 and no session left; the same command goes on', async () => {
    await using system = await startSystem({ samples: 30, delayMs: 60, concurrency: 3 });
    await assign(system);
    {
      await using first = startProctor(words, { cwd: system.folder.path });
      await until('some samples', async () => (await indicesOf(system.folder)).length >= 4);
      first.kill('SIGINT');
      expect(await first.exited).toEqual({ code: 130, signal: null });
      expect(first.stdout).toMatch(/parrot +echo +30/);
      expect(first.stderr).toContain('--output out');
    }
    expect(await sessionsAt(system.controller)).toEqual({});
    const before = await indicesOf(system.folder);
    expect(before.length).toBeLessThan(30);
    expect((await runProctor(words, { cwd: system.folder.path })).code).toBe(0);
    expect((await indicesOf(system.folder)).slice(0, before.length)).toEqual(before);
    expect(sorted(await indicesOf(system.folder))).toEqual(upTo(30));
  });

  it('refuses a second assigner on one folder with the first one’s pid', async () => {
    await using system = await startSystem({ samples: 30, delayMs: 200, concurrency: 2 });
    await assign(system);
    await using first = startProctor(words, { cwd: system.folder.path });
    await until('some samples', async () => (await indicesOf(system.folder)).length >= 1);
    const second = await runProctor(words, { cwd: system.folder.path });
    expect([1, 2]).toContain(second.code);
    expect(second.stderr).toContain(String(first.pid));
  });

  it('records a failed sample once and exits with 1', async () => {
    await using system = await startSystem({ samples: 2 });
    await system.folder.write('angry.ts', angryCode);
    await assign(system, { agents: angry });
    const { code, stdout } = await runProctor(words, { cwd: system.folder.path });
    expect(code).toBe(1);
    expect(stdout).toMatch(/angry +echo +2 +0 +2/);
    const errors = await system.folder.readLines(errorFile);
    expect(errors.map(({ error, info }) => [error, info])).toEqual([
      ['AGENT_FAILED', 'I will not'],
      ['AGENT_FAILED', 'I will not'],
    ]);
    expect(await sessionsAt(system.controller)).toEqual({});
  });

  it('tries a sample again with --auto-retry, up to --max-attempts, but never one that its agent failed', async () => {
    const failure = { kind: 'answer', status: 500 } as const;
    await using server = await startFakeModelServer({ failures: Array.from({ length: 4 }, () => failure) });
    await using system = await startSystem({ samples: 2 });
    await system.folder.write('angry.ts', angryCode);
    await assign(system, { agents: { ...angry, model: modelAgent(server.chatUrl) } });
    const flags = ['-r', '--max-attempts', '2'];
    const { code, stdout } = await runProctor([...words, ...flags], { cwd: system.folder.path });
    expect(code).toBe(1);
    expect(sorted(await indicesOf(system.folder, errorFile))).toEqual([0, 1]);
    expect(sorted(await indicesOf(system.folder, 'out/model/echo/error.jsonl'))).toEqual([0, 0, 1, 1]);
    expect(stdout).toContain('tried again:\n  model on echo: 2 times\n');
  });

  it('stops the agent whose model API answers 401, and no other', async () => {
    await using server = await startFakeModelServer({ reply: () => 'hi' });
    server.failNext({ kind: 'answer', status: 401, body: '{"error": "bad key"}' });
    await using system = await startSystem({ samples: 5 });
    await assign(system, {
      agents: {
        model: modelAgent(server.chatUrl),
        parrot: { module: 'scripted', parameters: { replies: ['x'] } },
      },
      concurrency: { agent: { model: 1, parrot: 4 }, task: { echo: 4 } },
    });
    const { code, stdout, stderr } = await runProctor(words, { cwd: system.folder.path });
    expect(code).toBe(1);
    expect(server.requests).toHaveLength(1);
    expect(stderr).toMatch(/Agent model is stopped: .*answered 401: .*4 of its samples are not played/);
    expect(stdout).toMatch(/model +echo +5 +0 +1 +4/);
    expect(stdout).toMatch(/parrot +echo +5 +5 +0 +0/);
    expect(stdout).toMatch(/stopped agents, .*\n {2}model: The model API of agent "model" will not serve it/);
    const overall = JSON.parse(await system.folder.read('out/model/echo/overall.json')) as object;
    expect(overall).toMatchObject({ total: 0, custom: null, unscored: { 'model-api': 1, cancelled: 4 } });
    // With the key corrected the same command plays what is left.
    expect((await runProctor(words, { cwd: system.folder.path })).code).toBe(0);
    expect(await indicesOf(system.folder, 'out/model/echo/runs.jsonl')).toHaveLength(5);
  });

  it('gives the score over the scored samples and over all where some are unscored', async () => {
    await using server = await startFakeModelServer({ failures: [{ kind: 'answer', status: 500 }] });
    await using system = await startSystem({ samples: 4 });
    await assign(system, { agents: { model: modelAgent(server.chatUrl) } });
    const { code, stdout } = await runProctor(words, { cwd: system.folder.path });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /model +echo +4 +3 +1 +0 +score \S+ +\S+\nnot scored:\n {2}model on echo: 1 without/,
    );
    expect(JSON.parse(await system.folder.read('out/model/echo/overall.json'))).toMatchObject({
      total: 3,
      attempted: 4,
      scored: 3,
      unscored: { 'model-api': 1 },
      metrics: { score: { scored: expect.any(Number) as number, all: expect.any(Number) as number } },
    });
    const [line] = await system.folder.readLines('out/model/echo/error.jsonl');
    expect(line).toMatchObject({
      error: 'AGENT_FAILED',
      cause: 'model-api',
      code: 'model-api-failed',
      attempt: 1,
    });
  });

  it('waits for a controller that is not there yet, and says so', async () => {
    const port = await findFreePorts(2);
    const controller = `http://localhost:${port}/api`;
    await using folder = await makeFolder({ 'assignment.yaml': assignmentFile({ controller }) });
    await using assigner = startProctor(words, { cwd: folder.path });
    await assigner.seen(new RegExp(controller));
    await folder.write(
      'start.yaml',
      'definition:\n  echo: {module: echo, parameters: {samples: 2}}\nstart: {echo: 1}\n',
    );
    const flags = ['--config', 'start.yaml', '-a', '-l', controller, '-p', String(port + 1)];
    await using _system = startProctor(['start-task', ...flags], { cwd: folder.path });
    expect((await assigner.exited).code).toBe(0);
    expect(sorted(await indicesOf(folder))).toEqual([0, 1]);
  });

  it('writes no secret to disk or screen', async () => {
    await using server = await startFakeModelServer({ replies: ['hi'] });
    await using system = await startSystem({ samples: 2 });
    const parameters = {
      url: server.chatUrl,
      headers: { Authorization: 'Bearer ${TEST_KEY}', 'X-Api-Key': 'plain-secret-key' },
      body: { model: 'm' },
      prompter: { name: 'role_content_dict', args: { agent_role: 'assistant' } },
      return_format: '{response[choices][0][message][content]}',
    };
    await assign(system, { agents: { model: { module: 'http', parameters } } });
    const { code, stdout, stderr } = await runProctor([...words, '--log-level', 'debug'], {
      cwd: system.folder.path,
      env: { TEST_KEY: 'sk-from-the-environment' },
    });
    expect(code, stderr).toBe(0);
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer sk-from-the-environment',
      'x-api-key': 'plain-secret-key',
    });
    const files = await readdir(path.join(system.folder.path, 'out'), {
      recursive: true,
      withFileTypes: true,
    });
    const texts = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map((file) => readFile(path.join(file.parentPath, file.name), 'utf8')),
    );
    expect(texts.length).toBeGreaterThan(2);
    for (const text of [...texts, stdout, stderr]) expect(text).not.toMatch(/sk-from-the|plain-secret/);
    expect(await system.folder.read('out/config.yaml')).toContain('***');
  });

  it('shows no secret in an error either', async () => {
    await using system = await startSystem({ samples: 1 });
    await assign(system, { agents: { model: { module: '${TEST_KEY}' } } });
    const { code, stderr } = await runProctor(words, {
      cwd: system.folder.path,
      env: { TEST_KEY: 'sk-from-the-environment' },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/There is no agent module/);
    expect(stderr).not.toContain('sk-from-the');
  });

  it('names its folder by the time with {TIMESTAMP}, and --output stands over the file', async () => {
    await using system = await startSystem({ samples: 1 });
    await assign(system, { output: 'all/{TIMESTAMP}' });
    expect((await runProctor(words, { cwd: system.folder.path })).code).toBe(0);
    const [name = ''] = await system.folder.list('all');
    expect(name).toMatch(/^\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d$/);
    expect((await runProctor([...words, '--output', 'mine'], { cwd: system.folder.path })).code).toBe(0);
    expect(await system.folder.list('mine')).toContain('parrot');
  });
});

describe('proctor assigner refuses, before anything is written,', () => {
  const scripted = { module: 'scripted', parameters: { replies: ['x'] } };
  const client = { module: 'task-client', parameters: { name: 'echo' } };

  it.each<[string, AssignmentSetting, RegExp]>([
    [
      'an unknown agent',
      { assignments: [{ agent: 'parot', task: 'echo' }] },
      /parot.*\n.*assignment\.yaml:\d+.*\n.*parrot/,
    ],
    [
      'an unknown task',
      { assignments: [{ agent: 'parrot', task: 'ecko' }] },
      /ecko.*\n.*assignment\.yaml:\d+.*\n.*echo/,
    ],
    [
      'an unknown module',
      { agents: { a: { module: 'scritped' } } },
      /"scritped"\n.*assignment\.yaml:\d+.*\n.*scripted/,
    ],
    [
      'wrong parameters',
      { agents: { a: { module: 'scripted', parameters: { replies: 5 } } } },
      /replies.*\n.*assignment\.yaml:\d+/,
    ],
    [
      'concurrency 0',
      { concurrency: { agent: { parrot: 0 }, task: { echo: 1 } } },
      /parrot.*0.*\n.*assignment\.yaml:\d+/,
    ],
    [
      'negative concurrency',
      { concurrency: { agent: { parrot: 1 }, task: { echo: -1 } } },
      /echo.*-1.*\n.*assignment\.yaml/,
    ],
    ['no concurrency', { concurrency: { agent: {}, task: { echo: 1 } } }, /parrot/],
    [
      'an agent that would leave the folder',
      { agents: { '../x': scripted } },
      /\.\.\/x.*\n.*assignment\.yaml:\d+/,
    ],
    ['a task that would leave the folder', { tasks: { '..': client } }, /"\.\.".*\n.*assignment\.yaml:\d+/],
    ['an output that is no text', { output: 5 }, /output.*\n.*assignment\.yaml:\d+/],
    ['an unknown placeholder', { output: 'x/{TIME}' }, /\{TIME\}.*\n.*assignment\.yaml:\d+/],
    [
      'a missing variable',
      { agents: { a: { module: 'scripted', parameters: { replies: ['${NOT_THERE}'] } } } },
      /NOT_THERE/,
    ],
  ])('%s', async (_what, setting, expected) => {
    await using folder = await makeFolder({
      'assignment.yaml': assignmentFile({ controller: 'http://x/api', ...setting }),
    });
    const { code, stderr } = await runProctor(words, { cwd: folder.path });
    expect(stderr).toMatch(expected);
    expect(code).toBe(2);
    expect(await folder.list()).toEqual(['assignment.yaml']);
  });

  it('malformed YAML, with file, line and column', async () => {
    await using folder = await makeFolder({ 'assignment.yaml': 'definition:\n  agent: [1, 2\n  task: x\n' });
    const { code, stderr } = await runProctor(words, { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(/where: assignment\.yaml:\d+:\d+/);
  });

  it('an output folder that cannot be one', async () => {
    const file = assignmentFile({ controller: 'http://x/api', output: 'taken/inside' });
    await using folder = await makeFolder({ 'assignment.yaml': file, taken: 'a file' });
    const { code, stderr } = await runProctor(words, { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(/error: Cannot write .*taken/);
  });
});
