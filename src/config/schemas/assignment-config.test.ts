import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProctorError } from '../../base/index.ts';
import { sharedData } from '../../testing/shared-data.ts';
import { loadConfig } from '../load-config.ts';
import { createLoadedConfig } from '../loaded-config.ts';
import { readYaml } from '../read-yaml.ts';
import { parseAssignmentConfig } from './assignment-config.ts';
import { describeAssignmentConfig } from './describe-assignment.ts';

const definition = `definition:
  agent:
    a: {module: http, parameters: {key: "\${KEY_A}"}}
    b: {module: http, parameters: {key: "\${KEY_B}", n: 1}}
  task:
    t: {module: src.client.TaskClient, docker: {image: x}}
    u: {module: src.client.TaskClient, parameters: null}
concurrency:
  agent: {a: 2, b: 3}
  task: {t: 4, u: 5}
`;

function configOf(text: string) {
  return createLoadedConfig('f.yaml', readYaml(text, 'f.yaml'));
}

function parse(rest: string, environment?: Record<string, string>) {
  return parseAssignmentConfig(configOf(definition + rest), environment);
}

function faultOf(text: string) {
  try {
    parseAssignmentConfig(configOf(text));
  } catch (error) {
    if (ProctorError.is(error) && error.code === 'config-invalid') return error;
    throw error;
  }
  return expect.unreachable('the configuration was to be refused');
}

describe('parseAssignmentConfig', () => {
  it('reads an evaluation', () => {
    const config = parse(
      'assignments:\n- {agent: [a, b], task: t, note: x}\n- {agent: [a, b], task: u, weight: 2.5}\n- {agent: a, task: t, weight: 9}\n' +
        'output: "outputs/{TIMESTAMP}"\nstart: {t: 2, u: "3"}\nmine: 1\n',
    );
    expect(config.pairs).toEqual([
      { agent: 'a', task: 't', weight: 1 },
      { agent: 'b', task: 't', weight: 1 },
      { agent: 'a', task: 'u', weight: 2.5 },
      { agent: 'b', task: 'u', weight: 2.5 },
    ]);
    expect(config.warnings).toEqual(['Agent a is assigned to task t more than once; it is kept once.']);
    expect(config.agents.get('b')).toMatchObject({ module: 'http', parameters: { key: '${KEY_B}', n: 1 } });
    expect(config.tasks.get('t')?.parameters).toEqual({});
    expect(config.tasks.get('u')?.parameters).toEqual({});
    expect(config.agents.get('b')?.locate(['parameters', 'n'])).toBe('f.yaml:4:56');
    expect(config.agents.get('b')?.definedIn).toBe(join(process.cwd(), 'f.yaml'));
    expect(config.concurrency.agents).toEqual(
      new Map([
        ['a', 2],
        ['b', 3],
      ]),
    );
    expect(config.concurrency.tasks).toEqual(
      new Map([
        ['t', 4],
        ['u', 5],
      ]),
    );
    expect(config.start).toEqual(
      new Map([
        ['t', 2],
        ['u', 3],
      ]),
    );
    expect(config.output).toBe('outputs/{TIMESTAMP}');
    expect(config.extras).toEqual({ mine: 1 });
  });

  it('drops what is in no assignment, says so, and does not ask for its variables', () => {
    const config = parse('assignments: [{agent: b, task: u}]\nstart: {t: 1}', { KEY_B: 'sk-b' });
    expect([...config.agents.keys(), ...config.tasks.keys()]).toEqual(['b', 'u']);
    expect([...config.concurrency.agents.keys(), ...config.concurrency.tasks.keys()]).toEqual(['b', 'u']);
    expect(config.start.size).toBe(0);
    expect(config.warnings).toEqual([
      'In no assignment, though defined, and so left out: agent a',
      'In no assignment, though defined, and so left out: task t',
      'In no assignment, though given a concurrency, and so left out: agent a',
      'In no assignment, though given a concurrency, and so left out: task t',
      'In no assignment, though to be started, and so left out: task t',
    ]);
    expect(config.agents.get('b')?.parameters).toEqual({ key: 'sk-b', n: 1 });
    expect(config.secrets).toEqual(['sk-b']);
  });

  it('names a missing variable of an assigned agent', () => {
    expect(() => parse('assignments: [{agent: a, task: t}]', {})).toThrowError(
      expect.objectContaining({ code: 'environment-missing', where: 'f.yaml:3:41' }) as Error,
    );
  });

  it.each(['assignments: []', 'assignments: [{agent: [], task: t}]'])('has nothing to do with %s', (text) => {
    expect(parse(text).pairs).toEqual([]);
  });

  it.each(['', 'output: null\n'])('puts its results into output/{TIMESTAMP} with %j', (output) => {
    expect(parse(`${output}assignments: []`).output).toBe('output/{TIMESTAMP}');
  });

  it('takes a concurrency in digits, also from the environment, and any for what is not assigned', () => {
    const text = `definition: {agent: {a: {module: m}, 5: {module: m}}, task: {t: {module: m}}}
concurrency: {agent: {a: 0, 5: "3"}, task: {t: "\${N:-2}"}}
assignments: [{agent: 5, task: t}]`;
    const { concurrency } = parseAssignmentConfig(configOf(text), {});
    expect(concurrency.agents).toEqual(new Map([['5', 3]]));
    expect(concurrency.tasks).toEqual(new Map([['t', 2]]));
  });

  it('knows a name that objects have by nature only when it is defined', () => {
    const fault = faultOf(`${definition}assignments: [{agent: constructor, task: t}]`);
    expect(fault.message).toBe('Agent constructor is not defined.');
  });
});

describe('what an assignment file is refused for', () => {
  const assigned = 'assignments: [{agent: a, task: t}]';
  it.each<[string, string, string, string]>([
    ['', 'the file is empty', 'a mapping with "definition"', 'f.yaml:1:1'],
    [`${definition}`, 'assignments is missing', 'a list of mappings', 'f.yaml:1:1'],
    [
      `${definition}assignments: {agent: a}`,
      'assignments is a mapping',
      'a list of mappings',
      'f.yaml:11:14',
    ],
    [
      `${definition}assignments: [{task: t}]`,
      'assignments[0].agent is missing',
      'a name or a list',
      'f.yaml:11:15',
    ],
    [
      `${definition}assignments: [{agent: a}]`,
      'assignments[0].task is missing',
      'a name or a list',
      'f.yaml:11:15',
    ],
    [`${definition}assignments: [5]`, 'assignments[0] is 5', 'a mapping with "agent"', 'f.yaml:11:15'],
    [
      `${definition}assignments: [{agent: zz, task: t}]`,
      'Agent zz is not defined.',
      'one of a, b',
      'f.yaml:11:23',
    ],
    [
      `${definition}assignments: [{agent: a, task: [t, zz]}]`,
      'Task zz is not defined.',
      'one of t, u',
      'f.yaml:11:36',
    ],
    [`${definition}${assigned}\noutput: 5`, 'output is 5', 'a string', 'f.yaml:12:9'],
    [`${definition}${assigned}\noutput: ""`, 'output is empty', 'the path of a folder', 'f.yaml:12:9'],
    [`${definition}${assigned}\noutput: "{X}"`, '{X} in output has no meaning', '{TIMESTAMP}', 'f.yaml:12:9'],
    [`${definition}${assigned}\nstart: {t: 0}`, 'start.t is 0', 'an integer of 1 or more', 'f.yaml:12:12'],
    [
      `${definition}${assigned}\nstart: {x: 1}`,
      'Task x is to be started but not defined',
      'one of t, u',
      'f.yaml:12:12',
    ],
  ])('%#', (text, problem, wanted, where) => {
    const fault = faultOf(text);
    expect(fault.message).toBe(problem);
    expect(fault.expected).toContain(wanted);
    expect(fault.where).toBe(where);
  });

  it.each(['0', '-1', '2.5', 'x', '"2.0"', 'true', 'null', '[]', '1.0e+300'])(
    'a concurrency of %s',
    (count) => {
      const fault = faultOf(`${definition.replace('{a: 2,', `{a: ${count},`)}${assigned}`);
      expect(fault.message).toMatch(/^concurrency\.agent\.a is /);
      expect(fault.expected).toBe('an integer of 1 or more');
      expect(fault.where).toBe('f.yaml:9:14');
    },
  );

  it.each(['0', '-1', 'x', 'true', 'null', '[]', '.inf'])('a weight of %s', (weight) => {
    const fault = faultOf(`${definition}assignments: [{agent: a, task: t, weight: ${weight}}]`);
    expect(fault.message).toMatch(/^assignments\[0\]\.weight is /);
    expect(fault.expected).toBe('a number above 0');
    expect(fault.where).toBe('f.yaml:11:43');
  });

  it.each<[string, string, string, string]>([
    ['{a: 2, b: 3}', '{b: 3}', 'Concurrency of a is not specified.', 'f.yaml:9:10'],
    ['  task: {t: 4, u: 5}\n', '', 'concurrency.task is missing', 'f.yaml:8:1'],
    ['  task: {t: 4, u: 5}\n', '  task:\n', 'Concurrency of t is not specified.', 'f.yaml:10:3'],
    ['b: {module: http,', 'b: {', 'definition.agent.b.module is missing', 'f.yaml:4:8'],
    [
      '{module: src.client.TaskClient, docker',
      '{module: 5, docker',
      'definition.task.t.module is 5',
      'f.yaml:6:17',
    ],
    ['parameters: null', 'parameters: [1]', 'definition.task.u.parameters is a list', 'f.yaml:7:52'],
    ['    u: {', '    "x y": 1\n    u: {', 'definition.task["x y"] is 1', 'f.yaml:7:12'],
  ])('%j turned to %j', (from, to, problem, where) => {
    const fault = faultOf(`${definition.replace(from, to)}${assigned}`);
    expect([fault.message, fault.where]).toEqual([problem, where]);
  });

  it.each(['..', '.', '', '../x', 'a/b', 'a\\b', 'x\u0000y', 'config.yaml', 'n'.repeat(256)])(
    'the name %j',
    (name) => {
      const quoted = JSON.stringify(name);
      for (const kind of ['agent', 'task'] as const) {
        const others = { agent: 'a', task: 't', [kind]: quoted };
        const text = `${definition}assignments: [{agent: ${others.agent}, task: ${others.task}}]`;
        expect(faultOf(text).message).toContain(`The ${kind} name ${quoted} `);
      }
    },
  );

  it('does not show a secret in its message', () => {
    const fault = faultOf('definition: {agent: {my-key: sk-secret}, task: {}}');
    expect(fault.message).toBe('definition.agent.my-key is a string');
  });
});

describe('describeAssignmentConfig', () => {
  it('has the shape of an assignment file, without secrets and without what is not assigned', () => {
    const config = parse('assignments: [{agent: b, task: u, weight: "2"}]', { KEY_B: 'sk-b' });
    expect(describeAssignmentConfig(config, 'out/1')).toEqual({
      assignments: [{ agent: 'b', task: 'u', weight: 2 }],
      concurrency: { agent: { b: 3 }, task: { u: 5 } },
      definition: {
        agent: { b: { module: 'http', parameters: { key: '***', n: 1 } } },
        task: { u: { module: 'src.client.TaskClient', parameters: {} } },
      },
      output: 'out/1',
    });
  });
});

describe.skipIf(!sharedData)("AgentBench's own assignment file (skipped without ../shared)", () => {
  it('is read as it is', () => {
    const file = join(sharedData ?? '.', 'agentbench/configs/agentbench-v0.2/assignments/default.yaml');
    const config = parseAssignmentConfig(loadConfig(file), {});
    expect(config.pairs.map(({ task }) => task)).toEqual(['dbbench-std', 'os-std']);
    expect(config.agents.get('gpt-3.5-turbo-0613')?.definedIn).toMatch(/agents\/openai-chat\.yaml$/);
    expect(config.tasks.get('os-std')?.module).toBe('src.client.TaskClient');
    expect(config.output).toBe('outputs/{TIMESTAMP}');
  });
});
