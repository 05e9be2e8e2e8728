import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, parseAssignmentConfig } from '../config/index.ts';
import { adoptLimits, findAssignedTasks } from './assigned-tasks.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'proctor-tasks-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the limits of the tasks of a run', () => {
  it('are those of their own definitions, unless the assignment file says others', () => {
    const file = join(folder, 'assignment.yaml');
    const tasksFile = join(folder, 'tasks.yaml');
    writeFileSync(
      file,
      `definition:
  agent: {a: {module: scripted}}
  task:
    far: {module: src.client.TaskClient, limits: {turns: 3}}
    near: {module: echo, limits: {sampleSeconds: 60}}
    free: {module: echo}
concurrency: {agent: {a: 1}, task: {far: 1, near: 1, free: 1}}
assignments: [{agent: a, task: [far, near, free]}]
`,
    );
    writeFileSync(tasksFile, 'far: {module: echo, limits: {turns: 9, agentTokens: 500}}\n');
    const config = parseAssignmentConfig(loadConfig(file), {});
    const { tasks } = findAssignedTasks(config, { file, tasksFile, environment: {} });
    const adopted = adoptLimits(config, tasks).tasks;
    expect(adopted.get('far')).toMatchObject({
      module: 'src.client.TaskClient',
      limits: { turns: 3, agentTokens: 500 },
    });
    expect(adopted.get('near')?.limits).toEqual({ sampleSeconds: 60 });
    expect(adopted.get('free')).not.toHaveProperty('limits');
  });
});
