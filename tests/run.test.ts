import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { startFakeModelServer } from '../src/testing/fake-model-server.ts';
import { assignmentFile, echoDefinition, type EchoSetting } from './fixtures/configs.ts';
import { makeFolder } from './fixtures/folder.ts';
import { endProcess, projectFolder, runProctor, startProctor, type Program } from './fixtures/program.ts';
import { until } from './fixtures/until.ts';

const assignments = path.join(projectFolder, 'configs/assignments');
const words = ['run', 'assignment.yaml'];
const runsFile = 'out/parrot/echo/runs.jsonl';

function echoRun(setting: EchoSetting, workers = 2): string {
  return assignmentFile({ tasks: { echo: echoDefinition(setting) }, start: { echo: workers } });
}

function findChild(program: Program, command: string): number {
  const found = program.processes().find(({ commandLine }) => commandLine.includes(` ${command} `));
  if (!found) throw new Error(`no ${command} runs`);
  return found.pid;
}

describe('proctor run', () => {
  it('plays the quickstart: progress, a table, results, and no process left', async () => {
    await using folder = await makeFolder();
    const output = path.join(folder.path, 'results');
    await using program = startProctor(['run', `${assignments}/quickstart.yaml`, '--output', output]);
    expect(await program.exited, program.stderr).toEqual({ code: 0, signal: null });
    expect(program.processes()).toEqual([]);
    expect(program.stderr).toMatch(/\d+ of \d+ done, 0 failed, 0 running, .* ETA/);
    expect(program.stdout).toMatch(/oracle +dbbench +(\d+) +\1 +0 +0 +overall_cat_accuracy 1\n/);
    expect(program.stdout).toMatch(/scripted-wrong +dbbench +(\d+) +\1 +0 +0 +overall_cat_accuracy 0/);
    expect(program.stdout).not.toContain('OPENAI');
    expect(await folder.list('results')).toEqual(
      expect.arrayContaining(['config.yaml', 'oracle', 'scripted-wrong']),
    );
    expect(await folder.list('results/oracle/dbbench')).toEqual(['overall.json', 'runs.jsonl']);
  });

  it('says how to play the same with a real model, and that works', async () => {
    await using server = await startFakeModelServer({ replies: ['Action: Answer\nFinal Answer: ["1"]'] });
    await using folder = await makeFolder();
    const setting = {
      cwd: folder.path,
      env: { OPENAI_API_KEY: 'sk-quick-start', OPENAI_BASE_URL: server.baseUrl },
    };
    const first = await runProctor(['run', `${assignments}/quickstart.yaml`, '--output', 'first'], setting);
    const hint = /(\S+main\.js) (run \S*quickstart-openai\.yaml)/.exec(first.stderr);
    expect(hint, first.stderr).not.toBeNull();
    expect(path.resolve(folder.path, hint?.[1] ?? '')).toBe(path.join(projectFolder, 'dist/cli/main.js'));
    const second = await runProctor([...(hint?.[2] ?? '').split(' '), '--output', 'second'], setting);
    expect(second.code, second.stderr).toBe(0);
    expect(second.stdout).toMatch(/openai +dbbench/);
    expect(server.requests.length).toBeGreaterThan(20);
    expect(await folder.read('second/config.yaml')).not.toContain('sk-quick-start');
    expect(second.stdout + second.stderr).not.toContain('sk-quick-start');
  });

  it('plays tasks that the assignment file only names, from --tasks', async () => {
    await using folder = await makeFolder({
      'assignment.yaml': assignmentFile({ controller: 'http://localhost:1/api' }),
      'tasks.yaml': JSON.stringify({ echo: echoDefinition({ samples: 3 }) }),
    });
    const { code, stdout, stderr } = await runProctor([...words, '--tasks', 'tasks.yaml'], {
      cwd: folder.path,
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/parrot +echo +3 +3 +0/);
  });

  it('ends at Ctrl-C with 130, leaves no process, and goes on with the same command', async () => {
    await using folder = await makeFolder({
      'assignment.yaml': echoRun({ samples: 30, delayMs: 60, concurrency: 2 }),
    });
    {
      await using program = startProctor(words, { cwd: folder.path });
      await until('some samples', async () => (await folder.readLines(runsFile)).length >= 4);
      program.kill('SIGINT');
      expect(await program.exited).toEqual({ code: 130, signal: null });
      expect(program.processes()).toEqual([]);
    }
    const before = await folder.readLines(runsFile);
    expect(before.length).toBeLessThan(30);
    const { code, stderr } = await runProctor(words, { cwd: folder.path });
    expect(code, stderr).toBe(0);
    expect(new Set((await folder.readLines(runsFile)).map(({ index }) => index)).size).toBe(30);
    expect(await folder.readLines(runsFile)).toHaveLength(30);
  });

  it('ends at once at the second Ctrl-C', async () => {
    await using folder = await makeFolder({ 'assignment.yaml': echoRun({ samples: 30, delayMs: 60_000 }) });
    await using program = startProctor(words, { cwd: folder.path });
    await program.seen(/[1-9] running|results go to/);
    program.kill('SIGINT');
    program.kill('SIGINT');
    expect((await program.exited).code).toBe(130);
    await until('everything to end', () => program.processes().length === 0);
  });

  it('leaves nothing behind when it is killed', async () => {
    await using folder = await makeFolder({ 'assignment.yaml': echoRun({ samples: 30, delayMs: 200 }) });
    await using program = startProctor(words, { cwd: folder.path });
    await until('some samples', async () => (await folder.readLines(runsFile)).length >= 1);
    program.kill('SIGKILL');
    await until('its programs to end', () => program.processes().length === 0);
  });

  it.each(['task-worker', 'task-controller'])('goes on after its %s was killed', async (victim) => {
    await using folder = await makeFolder({
      'assignment.yaml': echoRun({ samples: 24, delayMs: 50, concurrency: 2 }),
    });
    await using program = startProctor([...words, '-r'], { cwd: folder.path });
    await until('some samples', async () => (await folder.readLines(runsFile)).length >= 3);
    endProcess(findChild(program, victim));
    expect((await program.exited).code, program.stderr).toBe(0);
    expect(program.stderr).toMatch(/was ended by SIGKILL; it is started again/);
    expect(await folder.readLines(runsFile)).toHaveLength(24);
    expect(program.processes()).toEqual([]);
  });

  it('loses nothing when its controller is killed, even without --auto-retry: the next one has its memory', async () => {
    await using folder = await makeFolder({
      'assignment.yaml': echoRun({ samples: 12, turns: 6, delayMs: 100, concurrency: 2 }),
    });
    await using program = startProctor(words, { cwd: folder.path });
    await until('some samples', async () => (await folder.readLines(runsFile)).length >= 2);
    expect(await folder.list('out')).toContain('.controller.sqlite');
    endProcess(findChild(program, 'task-controller'));
    expect((await program.exited).code, program.stderr).toBe(0);
    const runs = await folder.readLines(runsFile);
    expect(new Set(runs.map(({ index }) => index)).size).toBe(12);
    expect(runs).toHaveLength(12);
    expect(runs.filter(({ cause }) => cause !== 'none')).toEqual([]);
    expect((await folder.list('out')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('keeps the limits that a task’s own definition sets', async () => {
    const echo = { ...echoDefinition({ samples: 2, turns: 5 }), limits: { turns: 2 } };
    await using folder = await makeFolder({
      'assignment.yaml': assignmentFile({ controller: 'http://localhost:1/api' }),
      'tasks.yaml': JSON.stringify({ echo }),
    });
    const { code, stderr } = await runProctor([...words, '--tasks', 'tasks.yaml'], { cwd: folder.path });
    expect(code, stderr).toBe(0);
    const limit = { name: 'turns', limit: 2, reached: 2 };
    expect(await folder.readLines(runsFile)).toEqual([
      expect.objectContaining({ cause: 'limit', limit }),
      expect.objectContaining({ cause: 'limit', limit }),
    ]);
    expect(await folder.read('out/config.yaml')).toMatch(/limits:\n +turns: 2/);
  });

  it('ends when a task’s workers find their configuration wrong', async () => {
    const tasks = { echo: { module: 'echo', parameters: { name: 'echo', samples: 'many' } } };
    await using folder = await makeFolder({ 'assignment.yaml': assignmentFile({ tasks }) });
    const { code, stderr } = await runProctor(words, { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(/parameters\.samples/);
    expect(stderr).toMatch(/assignment\.yaml:\d+/);
  });

  it.each([
    ['a module that there is not', { tasks: { echo: { module: 'ecko' } } }, /"ecko"/],
    ['a task that is nowhere defined', { tasks: { ecko: { module: 'task-client' } } }, /ecko/],
  ])('refuses %s before it starts anything', async (_what, setting, expected) => {
    await using folder = await makeFolder({ 'assignment.yaml': assignmentFile(setting) });
    const { code, stderr } = await runProctor(
      [...words, '--tasks', path.join(projectFolder, 'configs/tasks/echo.yaml')],
      {
        cwd: folder.path,
      },
    );
    expect(stderr).toMatch(expected);
    expect(code).toBe(2);
    expect(await folder.list()).toEqual(['assignment.yaml']);
  });
});
