import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProctorError, type Json } from '../base/index.ts';
import { sharedData, sharedDataMissing } from '../testing/shared-data.ts';
import { loadConfig } from './load-config.ts';

type Expected = { readonly config: Json } | { readonly error: string };

/** The reference's kinds of error and our codes for them. */
const codes: Readonly<Record<string, string>> = {
  'Circular import detected': 'import-circular',
  'File not found': 'file-missing',
};

function expectOutcome(file: string, expectedFile: string): void {
  const expected = JSON.parse(readFileSync(expectedFile, 'utf8')) as Expected;
  if ('config' in expected) {
    expect(loadConfig(file).value).toEqual(expected.config);
    return;
  }
  try {
    loadConfig(file);
  } catch (error) {
    expect(ProctorError.is(error) && error.code).toBe(codes[expected.error]);
    return;
  }
  expect.unreachable(`${file} was to fail with: ${expected.error}`);
}

describe.skipIf(!sharedData)(`configuration cases (skipped when ${sharedDataMissing})`, () => {
  const root = join(sharedData ?? '.', 'config-cases');
  it.each(sharedData ? readdirSync(root) : [])('%s', (name) => {
    expectOutcome(join(root, name, 'main.yaml'), join(root, name, 'expected.json'));
  });
});

describe.skipIf(!sharedData)(`the trees of AgentBench (skipped when ${sharedDataMissing})`, () => {
  const root = join(sharedData ?? '.', 'agentbench/configs');
  const files = sharedData
    ? ['agentbench-v0.2', 'visualagentbench'].flatMap((tree) =>
        readdirSync(join(root, 'expected', tree)).map((name) => [tree, name] as const),
      )
    : [];
  it.each(files)('%s %s', (tree, name) => {
    const file = join(root, tree, name.replaceAll('__', '/').replace(/\.json$/, '.yaml'));
    expectOutcome(file, join(root, 'expected', tree, name));
  });

  it('knows which file a value came from through import, default and overwrite', () => {
    const loaded = loadConfig(join(root, 'agentbench-v0.2/assignments/default.yaml'));
    const task = ['definition', 'task', 'dbbench-std'];
    expect(loaded.locateFile([...task, 'module'])).toBe(
      join(root, 'agentbench-v0.2/assignments/definition.yaml'),
    );
    expect(loaded.locate([...task, 'module'])).toMatch(/assignments\/definition\.yaml:4:15$/);
    expect(loaded.locate([...task, 'parameters', 'data_file'])).toMatch(/tasks\/dbbench\.yaml:15:16$/);
    expect(loaded.locate([...task, 'parameters', 'max_round'])).toMatch(/tasks\/dbbench\.yaml:5:16$/);
    expect(loaded.locate(['assignments', 0, 'task', 1])).toMatch(/assignments\/default\.yaml:15:9$/);
  });
});
