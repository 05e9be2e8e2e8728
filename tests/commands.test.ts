import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder, runProctor } from './fixtures/program.ts';

const commands = [
  'task-controller',
  'task-worker',
  'start-task',
  'assigner',
  'run',
  'config',
  'agent-test',
  'doctor',
];

describe('every command', () => {
  it.each(commands)('%s --help shows examples', async (command) => {
    const { code, stdout } = await runProctor([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: proctor ${command}`);
    expect(stdout).toMatch(new RegExp(`Examples:\\n.*proctor ${command}`, 's'));
  });

  it.each(['', ...commands])('%s --version shows the version', async (command) => {
    const { version } = JSON.parse(await readFile(path.join(projectFolder, 'package.json'), 'utf8')) as {
      version: string;
    };
    const { code, stdout } = await runProctor([...(command ? [command] : []), '--version']);
    expect([code, stdout.trim()]).toEqual([0, version]);
  });

  it.each(commands)('%s refuses a flag that it does not have', async (command) => {
    const needed = command === 'agent-test' ? ['--agent', 'x'] : [];
    const { code, stdout, stderr } = await runProctor([command, ...needed, '--no-such-flag']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: .*--no-such-flag/);
    expect(stderr).toMatch(/expected: .+\n +what to do: .+--help/);
  });
});

describe('proctor', () => {
  it('lists its commands in its help', async () => {
    const { code, stdout } = await runProctor(['--help']);
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toContain(command);
  });

  it('wants a command', async () => {
    expect((await runProctor([])).code).toBe(2);
  });

  it('refuses an unknown command', async () => {
    const { code, stderr } = await runProctor(['task-contoller']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/error: .*task-contoller/);
  });

  it.each([
    ['task-controller', ['-p', '70000']],
    ['task-worker', ['dbbench', '-p', 'x']],
    ['task-worker', ['dbbench', '-C', 'localhost:5000']],
    ['task-worker', []],
    ['start-task', ['-p', '-1']],
    ['assigner', ['--max-attempts', '0']],
    ['assigner', ['--poison-after', '0']],
    ['run', []],
    ['config', []],
    ['config', ['configs/start_task.yaml', '-o', 'xml']],
    ['agent-test', []],
  ])('%s %j is wrong usage', async (command, words) => {
    const { code, stderr } = await runProctor([command, ...words]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .+\n/);
  });
});
