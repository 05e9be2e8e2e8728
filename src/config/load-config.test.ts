import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProctorError, type Json } from '../base/index.ts';
import { loadConfig } from './load-config.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

type Files = Readonly<Record<string, string>>;

function load(files: Files, main = 'main.yaml') {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return loadConfig(join(folder, main));
}

function faultOf(files: Files, main?: string) {
  try {
    load(files, main);
  } catch (error) {
    if (!ProctorError.is(error)) throw error;
    return {
      code: error.code,
      where: error.where?.replaceAll(`${folder}/`, ''),
      message: error.message.replaceAll(`${folder}/`, ''),
    };
  }
  return expect.unreachable('the configuration was to be refused');
}

describe('import, default and overwrite', () => {
  it.each<[string, Files, Json]>([
    [
      'imports left to right, own keys over all',
      {
        'main.yaml': '{import: [a.yaml, b.yaml], x: 3, l: [9]}',
        'a.yaml': '{x: 1, d: {p: 1, q: 1}, l: [1, 2]}',
        'b.yaml': '{x: 2, d: {q: 2, r: 2}, l: [3]}',
      },
      { x: 3, d: { p: 1, q: 2, r: 2 }, l: [1, 2, 3, 9] },
    ],
    [
      'null stands over a mapping',
      { 'main.yaml': 'import: a.yml\nd: null', 'a.yml': 'd: {p: 1}' },
      { d: null },
    ],
    [
      'an imported list is lost',
      { 'main.yaml': 'k: {import: a.yaml, z: 1}', 'a.yaml': '[1, 2]' },
      { k: { z: 1 } },
    ],
    [
      'an imported empty file adds nothing',
      { 'main.yaml': 'import: [b.yaml, a.yaml]', 'a.yaml': '', 'b.yaml': 'x: 1' },
      { x: 1 },
    ],
    [
      'a file imported by two ways is merged twice',
      {
        'main.yaml': 'import: [b.yaml, c.yaml]',
        'b.yaml': 'import: d.yaml',
        'c.yaml': 'import: d.yaml',
        'd.yaml': 'l: [1]',
      },
      { l: [1, 1] },
    ],
    [
      'imports inside list items, an empty list of imports',
      { 'main.yaml': 'l: [{import: sub/a.json}, 2]\nimport: []', 'sub/a.json': '{"x": 1}' },
      { l: [{ x: 1 }, 2] },
    ],
    [
      'a default mapping',
      { 'main.yaml': '{default: {p: 1}, a: 5, b: [1], c: null, d: {}}' },
      { a: 5, b: [1], c: null, d: { p: 1 } },
    ],
    [
      'a default list',
      { 'main.yaml': '{default: [1, 2], a: [3], b: {x: 1}, c: []}' },
      { a: [1, 2, 3], b: { x: 1 }, c: [1, 2] },
    ],
    [
      'an overwrite',
      { 'main.yaml': '{overwrite: {u: 1, l: [9]}, t: {u: 0, v: 2, l: [1]}, s: {}, n: 5}' },
      { t: { u: 1, v: 2, l: [1, 9] }, s: { u: 1, l: [9] }, n: { u: 1, l: [9] } },
    ],
    [
      'overwrite before default',
      { 'main.yaml': '{default: {p: d, q: d, r: d}, overwrite: {p: o}, t: {q: t}}' },
      { t: { p: 'o', q: 't', r: 'd' } },
    ],
    [
      'inner levels before outer ones',
      { 'main.yaml': '{default: {default: {z: 1}, k: {y: 2}}, a: {k: {x: 3}, n: {w: 4}}}' },
      { a: { k: { z: 1, y: 2, x: 3 }, n: { w: 4 } } },
    ],
    [
      'null as both',
      { 'main.yaml': '{default: null, overwrite: null, a: {x: 1}, b: 2}' },
      { a: null, b: null },
    ],
    ['a default without siblings', { 'main.yaml': 'k: {default: {a: 1}}' }, { k: {} }],
    [
      'a file imported a second time keeps its default to itself',
      {
        'main.yaml': '{x: {import: d.yaml, b: {}}, y: {import: d.yaml, b: {}}}',
        'd.yaml': '{default: {p: 1}, a: {q: 2}}',
      },
      { x: { a: { p: 1, q: 2 }, b: {} }, y: { a: { p: 1, q: 2 }, b: {} } },
    ],
    [
      "the importer's default reaches what it imports",
      { 'main.yaml': '{default: {p: 1}, import: a.yaml}', 'a.yaml': 'a: {q: 2}' },
      { a: { p: 1, q: 2 } },
    ],
  ])('%s', (_name, files, expected) => {
    expect(load(files).value).toEqual(expected);
  });

  it('imports by absolute path', () => {
    writeFileSync(join(folder, 'a.yaml'), 'x: 1');
    expect(load({ 'main.yaml': `import: ${join(folder, 'a.yaml')}` }).value).toEqual({ x: 1 });
  });
});

describe('what is refused, and where', () => {
  it.each<[string, Files, { code: string; where: string; message?: string }]>([
    [
      'a missing import',
      { 'main.yaml': 'a:\n  import: none.yaml' },
      { code: 'file-missing', where: 'main.yaml:2:11', message: 'File not found: none.yaml' },
    ],
    [
      'a circle',
      { 'main.yaml': 'import: sub/a.yaml', 'sub/a.yaml': '\nk: {import: ../main.yaml}' },
      {
        code: 'import-circular',
        where: 'sub/a.yaml:2:13',
        message: 'Circular import: main.yaml -> sub/a.yaml -> main.yaml',
      },
    ],
    ['an import of null', { 'main.yaml': 'import:' }, { code: 'config-invalid', where: 'main.yaml:1:1' }],
    [
      'an import of a number',
      { 'main.yaml': 'import: [5]' },
      { code: 'config-invalid', where: 'main.yaml:1:10' },
    ],
    [
      'an import of a mapping',
      { 'main.yaml': 'import: {a: b}' },
      { code: 'config-invalid', where: 'main.yaml:1:9' },
    ],
    [
      'a suffix in upper case',
      { 'main.yaml': 'import: a.YAML', 'a.YAML': 'x: 1' },
      { code: 'config-suffix', where: 'main.yaml:1:9' },
    ],
    [
      'a folder',
      { 'main.yaml': 'import: sub', 'sub/x.yaml': '' },
      { code: 'config-suffix', where: 'main.yaml:1:9' },
    ],
    [
      'a syntax error in an imported file',
      { 'main.yaml': 'import: sub/a.yaml', 'sub/a.yaml': 'x: 1\ny: ]' },
      { code: 'config-syntax', where: 'sub/a.yaml:2:4' },
    ],
    [
      'a folder with the suffix of a file',
      { 'main.yaml': 'import: d.yaml', 'd.yaml/x': '' },
      { code: 'file-unreadable', where: 'main.yaml:1:9', message: 'Cannot read d.yaml: it is a folder' },
    ],
  ])('%s', (_name, files, expected) => {
    expect(faultOf(files)).toMatchObject(expected);
  });

  it('finds a circle behind a symbolic link', () => {
    symlinkSync(join(folder, 'main.yaml'), join(folder, 'link.yaml'));
    expect(faultOf({ 'main.yaml': 'import: link.yaml' }).code).toBe('import-circular');
  });

  it('refuses bytes that are not UTF-8', () => {
    writeFileSync(join(folder, 'a.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xff]));
    expect(faultOf({ 'main.yaml': 'import: a.yaml' }).code).toBe('file-unreadable');
  });

  it('names the file itself when that is missing', () => {
    expect(faultOf({}, 'none.yaml')).toMatchObject({
      code: 'file-missing',
      message: 'File not found: none.yaml',
    });
  });
});

describe('where a value was written', () => {
  const files = {
    'main.yaml': 'import: sub/a.yaml\ndefault:\n  p: 1\noverwrite:\n  o: [1]\nb:\n  own: 1\n',
    'sub/a.yaml': 'b:\n  x: {y: 5}\nc: {}\n',
  };

  it.each<[(string | number)[], string]>([
    [['b', 'p'], 'main.yaml:3:6'],
    [['b', 'o', 0], 'main.yaml:5:7'],
    [['b', 'own'], 'main.yaml:7:8'],
    [['b', 'x', 'y'], 'sub/a.yaml:2:10'],
    [['b'], 'main.yaml:6:1'],
    [['c'], 'sub/a.yaml:3:4'],
    [['b', 'x', 'missing', 3], 'sub/a.yaml:2:6'],
    [[], 'main.yaml:1:1'],
  ])('%j', (path, expected) => {
    const loaded = load(files);
    expect(loaded.locate(path)).toBe(join(folder, expected));
    expect(loaded.locateFile(path)).toBe(join(folder, expected.replace(/:.*/, '')));
  });
});
