import { describe, expect, it } from 'vitest';
import { toJson } from './config-node.ts';
import { fillEnvironment } from './fill-environment.ts';
import { createLoadedConfig, selectPart } from './loaded-config.ts';
import { readYaml } from './read-yaml.ts';

function configOf(text: string) {
  return createLoadedConfig('f.yaml', readYaml(text, 'f.yaml'));
}

describe('fillEnvironment', () => {
  it.each([
    ['${KEY}', 'sk-123'],
    ['Bearer ${KEY}!', 'Bearer sk-123!'],
    ['${NONE:-plan b}', 'plan b'],
    ['${EMPTY:-plan b}', 'plan b'],
    ['[${EMPTY}]', '[]'],
    ['${NONE:-}', ''],
    ['$${KEY} $KEY {TIMESTAMP} ${1} ${a.b}', '${KEY} $KEY {TIMESTAMP} ${1} ${a.b}'],
    ['${LOOP}', '${KEY}'],
  ])('%s becomes %s', (text, expected) => {
    const config = configOf(`a: [${JSON.stringify(text)}]`);
    const environment = { KEY: 'sk-123', EMPTY: '', LOOP: '${KEY}', NONE: undefined };
    expect(fillEnvironment(config, environment).value).toEqual({ a: [expected] });
  });

  it('names a missing variable, where it is asked for, and what to do', () => {
    const config = configOf('a:\n  b: x ${toString}');
    expect(() => fillEnvironment(config, {})).toThrowError(
      expect.objectContaining({
        code: 'environment-missing',
        message: 'The environment variable toString is not set',
        where: 'f.yaml:2:6',
        remedy: 'Set toString and start again, or write ${toString:-default} in the file.',
      }) as Error,
    );
  });

  it('fills a part alone and keeps its places', () => {
    const config = configOf('a: {x: "${A}"}\nb: {x: "${B}"}\n');
    const filled = fillEnvironment(config, { B: 'beta' }, [['b']]);
    expect(filled.value).toEqual({ a: { x: '${A}' }, b: { x: 'beta' } });
    expect(filled.locate(['b', 'x'])).toBe('f.yaml:2:8');
    expect(selectPart(filled, ['b']).locate(['x'])).toBe('f.yaml:2:8');
    expect(() => fillEnvironment(filled, {}, [['a']])).toThrowError(/variable A /);
  });

  it('remembers what came from the environment, defaults not', () => {
    const config = configOf('a: "Bearer ${KEY}"\nb: "${NONE:-public}"\nc: "${EMPTY}"');
    const filled = fillEnvironment(config, { KEY: 'sk-123', EMPTY: '' });
    expect([...filled.secrets].sort()).toEqual(['Bearer sk-123', 'sk-123']);
    expect(toJson(filled.tree)).toEqual(filled.value);
  });
});
