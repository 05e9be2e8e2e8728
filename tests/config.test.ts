import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeFolder } from './fixtures/folder.ts';
import { runProctor } from './fixtures/program.ts';

describe('proctor config', () => {
  it('shows a file as it is resolved, as YAML or JSON', async () => {
    await using folder = await makeFolder({
      'a.yaml': 'import: b.yaml\nx: 3\nl: [9]\n',
      'b.yaml': 'x: 1\nl: [1, 2]\nd: {p: yes}\n',
    });
    const expected = { x: 3, l: [1, 2, 9], d: { p: true } };
    const yaml = await runProctor(['config', 'a.yaml'], { cwd: folder.path });
    expect([yaml.code, parse(yaml.stdout)]).toEqual([0, expected]);
    const json = await runProctor(['config', 'a.yaml', '-o', 'json'], { cwd: folder.path });
    expect([json.code, JSON.parse(json.stdout)]).toEqual([0, expected]);
  });

  it('fills the environment and shows no secret', async () => {
    await using folder = await makeFolder({
      'a.yaml':
        'api_key: plain\nurl: "${TEST_URL:-http://default}/v1"\nhost: "${TEST_HOST}"\nmax_tokens: 5\n',
    });
    const { code, stdout } = await runProctor(['config', 'a.yaml'], {
      cwd: folder.path,
      env: { TEST_HOST: 'hush' },
    });
    expect(code).toBe(0);
    expect(parse(stdout)).toEqual({ api_key: '***', url: 'http://default/v1', host: '***', max_tokens: 5 });
  });

  it('names a missing variable and where it is wanted', async () => {
    await using folder = await makeFolder({ 'a.yaml': 'x: 1\nkey: "${NO_SUCH_VARIABLE}"\n' });
    const { code, stderr } = await runProctor(['config', 'a.yaml'], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(/NO_SUCH_VARIABLE/);
    expect(stderr).toMatch(/where: a\.yaml:2/);
  });

  it('says where a file is malformed', async () => {
    await using folder = await makeFolder({ 'a.yaml': 'x: 1\ny: [1, 2\nz: 3\n' });
    const { code, stderr } = await runProctor(['config', 'a.yaml'], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(/where: a\.yaml:\d+:\d+/);
  });

  it('says that a file is missing', async () => {
    const { code, stderr } = await runProctor(['config', 'no-such-file.yaml']);
    expect(code).toBe(2);
    expect(stderr).toContain('no-such-file.yaml');
  });

  it.each([
    'start_task.yaml',
    'tasks/task_assembly.yaml',
    'assignments/default.yaml',
    'assignments/quickstart.yaml',
  ])('reads the project’s own %s', async (file) => {
    expect((await runProctor(['config', `configs/${file}`])).code).toBe(0);
  });
});
