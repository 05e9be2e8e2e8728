import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { formatConfig } from '../format-config.ts';
import { loadConfig } from '../load-config.ts';
import { createLoadedConfig } from '../loaded-config.ts';
import { readYaml } from '../read-yaml.ts';
import { redactSecrets } from '../redact-secrets.ts';
import { parseAssignmentConfig } from './assignment-config.ts';
import { describeAssignmentConfig } from './describe-assignment.ts';
import { parseTaskDefinitions } from './task-definitions.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function definitionOf(text: string, environment: Record<string, string> = {}) {
  const loaded = createLoadedConfig('f.yaml', readYaml(text, 'f.yaml'));
  return parseTaskDefinitions(loaded, { environment }).definitions.get('t');
}

describe('limits and recycle of a task definition', () => {
  it('are read beside module and parameters', () => {
    const text = `t:
  module: echo
  limits: {stepSeconds: 0.5, sampleSeconds: 600, turns: 20, agentTokens: "\${TOKENS}"}
  recycle: {samples: 100, rssMiB: 2048, minutes: 1.5}
`;
    expect(definitionOf(text, { TOKENS: '5000' })).toMatchObject({
      limits: { stepSeconds: 0.5, sampleSeconds: 600, turns: 20, agentTokens: 5000 },
      recycle: { samples: 100, rssMiB: 2048, minutes: 1.5 },
    });
  });

  it('are absent where nothing is said', () => {
    const definition = definitionOf('t:\n  module: echo\n  limits: {}\n  recycle:\n');
    expect(definition).not.toHaveProperty('limits');
    expect(definition).not.toHaveProperty('recycle');
  });

  it.each([
    ['limits', 'turn: 5', 'limits has no "turn"', 'one of stepSeconds, sampleSeconds, turns, agentTokens'],
    ['limits', 'turns: 2.5', 't.limits.turns is 2.5', 'an integer of 1 or more'],
    ['limits', 'stepSeconds: 0', 't.limits.stepSeconds is 0', 'a number above 0'],
    ['limits', 'sampleSeconds: -1', 't.limits.sampleSeconds is -1', 'a number above 0'],
    ['limits', 'agentTokens: many', 't.limits.agentTokens is a string', 'an integer of 1 or more'],
    ['limits', 'turns:', 't.limits.turns is empty', 'an integer of 1 or more'],
    ['recycle', 'sample: 5', 'recycle has no "sample"', 'one of samples, rssMiB, minutes'],
    ['recycle', 'rssMiB: big', 't.recycle.rssMiB is "big"', 'a number above 0'],
  ])('refuse in %s %s', (kind, entry, message, expected) => {
    const where: unknown = expect.stringMatching(/^f\.yaml:4:/);
    const text = `t:\n  module: echo\n  ${kind}:\n    ${entry}\n`;
    expect(() => definitionOf(text)).toThrowError(
      expect.objectContaining({ code: 'config-invalid', message, expected, where }) as Error,
    );
  });

  it.each(['limits: [5]', 'recycle: 5'])('refuse %s', (written) => {
    const fault = { code: 'config-invalid', where: expect.stringMatching(/^f\.yaml:2:/) as unknown };
    expect(() => definitionOf(`t: {module: echo,\n  ${written}}`)).toThrowError(
      expect.objectContaining(fault) as Error,
    );
  });

  it('are merged by default and overwrite as everything else is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'proctor-limits-'));
    folders.push(folder);
    const file = join(folder, 'tasks.yaml');
    writeFileSync(
      file,
      `default: {module: echo, limits: {turns: 5, stepSeconds: 9}}
overwrite: {recycle: {samples: 3}}
t: {limits: {turns: 7}}
u: {recycle: {samples: 8, minutes: 1}}
`,
    );
    const loaded = loadConfig(file);
    const { definitions } = parseTaskDefinitions(loaded);
    expect(definitions.get('t')).toMatchObject({
      limits: { turns: 7, stepSeconds: 9 },
      recycle: { samples: 3 },
    });
    expect(definitions.get('u')).toMatchObject({
      limits: { turns: 5, stepSeconds: 9 },
      recycle: { samples: 3, minutes: 1 },
    });
  });
});

describe('limits in an assignment file', () => {
  const file = (limits: string) => `definition:
  agent: {a: {module: http}}
  task: {t: {module: src.client.TaskClient, limits: ${limits}, recycle: {samples: 4}}}
concurrency: {agent: {a: 1}, task: {t: 1}}
assignments: [{agent: a, task: t}]
`;
  const parse = (limits: string) =>
    parseAssignmentConfig(createLoadedConfig('f.yaml', readYaml(file(limits), 'f.yaml')));

  it('are known also of a task that is reached through its controller, and are saved with the rest', () => {
    const config = parse('{turns: 3, agentTokens: 900}');
    expect(config.tasks.get('t')).toMatchObject({ limits: { turns: 3, agentTokens: 900 } });
    expect(describeAssignmentConfig(config, 'out')).toMatchObject({
      definition: { task: { t: { limits: { turns: 3, agentTokens: 900 }, recycle: { samples: 4 } } } },
    });
  });

  it('are refused as elsewhere', () => {
    const fault = {
      message: 'limits has no "rounds"',
      where: expect.stringMatching(/^f\.yaml:3:/) as unknown,
    };
    expect(() => parse('{rounds: 3}')).toThrowError(expect.objectContaining(fault) as Error);
  });

  it('are shown by what shows a configuration', () => {
    const loaded = createLoadedConfig('f.yaml', readYaml(file('{agentTokens: 900}'), 'f.yaml'));
    expect(formatConfig(redactSecrets(loaded.value, []), 'yaml')).toContain('agentTokens: 900');
  });
});
