import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedData } from '../../testing/shared-data.ts';
import { loadConfig } from '../load-config.ts';
import { createLoadedConfig } from '../loaded-config.ts';
import { readYaml } from '../read-yaml.ts';
import { parseStartConfig } from './start-config.ts';
import { parseTaskDefinitions } from './task-definitions.ts';

const definition = `definition:
  t:
    module: ./my-task.ts#MyTask
    parameters: {url: "\${DATABASE}"}
    docker: {image: img, command: "cd x;", gpu: 1}
  u: {module: echo, docker: null}
  v: {module: echo, docker: {command: x}}
`;

function configOf(text: string) {
  return createLoadedConfig('f.yaml', readYaml(text, 'f.yaml'));
}

function fault(message: string, where: string, expected: unknown = expect.any(String)): Error {
  return expect.objectContaining({ code: 'config-invalid', message, where, expected }) as Error;
}

describe('parseStartConfig', () => {
  it('reads what is started and nothing else', () => {
    const config = parseStartConfig(
      configOf(`${definition}start: {u: 2, v: "3"}\ncontroller: "http://\${HOST}:5000/api"\nmine: 1`),
      { environment: { HOST: 'example' } },
    );
    expect(config.start).toEqual(
      new Map([
        ['u', 2],
        ['v', 3],
      ]),
    );
    expect([...config.definitions.keys()]).toEqual(['u', 'v']);
    expect(config.definitions.get('u')).toMatchObject({ module: 'echo', parameters: {} });
    expect(config.definitions.get('u')).not.toHaveProperty('docker');
    expect(config.definitions.get('v')?.docker).toEqual({ command: 'x' });
    expect(config.controller).toBe('http://example:5000/api');
    expect(config.secrets).toContain('example');
  });

  it.each(['', 'start:\n'])('starts nothing with %j', (start) => {
    expect(parseStartConfig(configOf(definition + start)).start.size).toBe(0);
  });

  it('puts a given start in the place of the whole one', () => {
    const config = parseStartConfig(configOf(`${definition}start: {nonsense: -1}`), {
      start: new Map([['u', 1]]),
    });
    expect(config.start).toEqual(new Map([['u', 1]]));
    expect([...config.definitions.keys()]).toEqual(['u']);
    const unknown = () => parseStartConfig(configOf(definition), { start: new Map([['x', 1]]) });
    expect(unknown).toThrowError(fault('Task x is not defined', 'f.yaml:1:1', 'one of t, u, v'));
  });

  it.each([
    ['start: {u: 0}', 'start.u is 0', 'f.yaml:8:12'],
    ['start: {u: 1.5}', 'start.u is 1.5', 'f.yaml:8:12'],
    ['start: [u]', 'start is a list', 'f.yaml:8:8'],
    ['start: {x: 1}', 'Task x is to be started but not defined', 'f.yaml:8:12'],
    ['controller: 5000', 'controller is 5000', 'f.yaml:8:13'],
    ['controller: localhost:5000', 'controller is "localhost:5000"', 'f.yaml:8:13'],
  ])('refuses %s', (text, problem, where) => {
    expect(() => parseStartConfig(configOf(definition + text))).toThrowError(fault(problem, where));
  });

  it('refuses a file without definitions', () => {
    expect(() => parseStartConfig(configOf('start: {}'))).toThrowError(
      fault('definition is missing', 'f.yaml:1:1'),
    );
    expect(() => parseStartConfig(configOf(''))).toThrowError(fault('the file is empty', 'f.yaml:1:1'));
  });

  it.skipIf(!sharedData)("reads AgentBench's own start file (skipped without ../shared)", () => {
    const file = join(sharedData ?? '.', 'agentbench/configs/agentbench-v0.2/start_task.yaml');
    const config = parseStartConfig(loadConfig(file), { environment: {} });
    expect(config.start).toEqual(
      new Map([
        ['dbbench-std', 5],
        ['os-std', 5],
      ]),
    );
    expect(config.definitions.get('dbbench-std')).toMatchObject({
      module: 'src.server.tasks.dbbench.DBBench',
      parameters: { data_file: 'data/dbbench/standard.jsonl', max_round: 15 },
    });
    expect(config.controller).toBeUndefined();
  });
});

describe('parseTaskDefinitions', () => {
  it('fills the one task that is asked for', () => {
    const loaded = configOf(definition);
    const { definitions, secrets } = parseTaskDefinitions(loaded, {
      at: ['definition'],
      only: ['t'],
      environment: { DATABASE: 'mysql://u:p@h' },
    });
    expect([...definitions.keys()]).toEqual(['t']);
    expect(definitions.get('t')).toMatchObject({
      module: './my-task.ts#MyTask',
      parameters: { url: 'mysql://u:p@h' },
      docker: { image: 'img', command: 'cd x;' },
      definedIn: join(process.cwd(), 'f.yaml'),
    });
    expect(definitions.get('t')?.locate(['parameters', 'url'])).toBe('f.yaml:4:23');
    expect(secrets).toEqual(['mysql://u:p@h']);
    expect(() => parseTaskDefinitions(loaded, { at: ['definition'], environment: {} })).toThrowError(
      /DATABASE/,
    );
  });

  it.each([
    ['t: {parameters: {}}', 't.module is missing', 'f.yaml:1:4'],
    ['t: {module: ""}', 't.module is ""', 'f.yaml:1:13'],
    ['t: {module: m, docker: image}', 't.docker is "image"', 'f.yaml:1:24'],
    ['t: {module: m, docker: {image: [x]}}', 't.docker.image is a list', 'f.yaml:1:32'],
    ['t:', 't is empty', 'f.yaml:1:1'],
    ['[t]', 'the file is a list', 'f.yaml:1:1'],
  ])('refuses %s', (text, problem, where) => {
    expect(() => parseTaskDefinitions(configOf(text))).toThrowError(fault(problem, where));
  });
});
