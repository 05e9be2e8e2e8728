import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger, type Logger } from '../../base/index.ts';
import { readDataset, type DatasetOptions } from './dataset.ts';

const simple = { description: 'Which?', evaluation: { match: 'this' }, labels: ['easy'] };

describe('readDataset', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'proctor-os-'));
    await mkdir(path.join(folder, 'scripts'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const put = (name: string, content: unknown) =>
    writeFile(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  const read = (pattern: string, options: Partial<DatasetOptions> = {}) =>
    readDataset([{ problem_file: pattern, script_dir: 'scripts', index_prefix: 'std-001-' }], {
      folder,
      leaveOut: [],
      missingScripts: 'error',
      log: silentLogger,
      ...options,
    });
  const indices = async (...parameters: Parameters<typeof read>) => [...(await read(...parameters)).keys()];
  const only = async (entry: object) => {
    await put('a.json', entry);
    return (await read('a.json')).get('std-001-a-00000');
  };

  it('numbers the problems of each file, files in the order of their names', async () => {
    await put('stock.json', [simple, simple]);
    await put('ac.json', simple);
    await put('lines.jsonl', `${JSON.stringify(simple)}\n\n${JSON.stringify(simple)}\n`);
    await put('notes.txt', 'none');
    await put('.hidden.json', 'none');
    expect(await indices('*')).toEqual([
      'std-001-ac-00000',
      'std-001-lines-00000',
      'std-001-lines-00001',
      'std-001-stock-00000',
      'std-001-stock-00001',
    ]);
  });

  it('takes a pattern as Python does', async () => {
    await put('Q1.json', simple);
    await put('Q2.json', simple);
    await put('N{1,2}.json', simple);
    expect(await indices('Q[2-9].json')).toEqual(['std-001-Q2-00000']);
    expect(await indices('N{1,2}.json')).toEqual(['std-001-N{1,2}-00000']);
    expect(await indices(path.join(folder, 'Q?.json'))).toHaveLength(2);
  });

  it('fills in what a problem does not say', async () => {
    expect(await only({ description: 'Which?', evaluation: { match: 'this' } })).toEqual({
      description: 'Which?',
      labels: [],
      image: { kind: 'local', name: 'default' },
      init: [],
      start: undefined,
      example: undefined,
      evaluation: { kind: 'answer', answer: 'this', strip: true },
    });
  });

  it('reads scripts in all their forms', async () => {
    await put('scripts/match.py', 'print(1)\n');
    const problem = await only({
      description: 'Do it.',
      create: { image: 'debian:12', init: ['echo 1', { language: 'c', code: 'int main;' }] },
      start: { code: 'cd /srv' },
      evaluation: {
        check: [null, { language: 'python', file: 'match.py' }, { language: 'c_cpp', code: '//' }],
        example: 'ls',
      },
    });
    const example = { language: 'bash', code: 'ls' };
    expect(problem).toMatchObject({
      image: { kind: 'named', name: 'debian:12' },
      init: [
        { language: 'bash', code: 'echo 1' },
        { language: 'c', code: 'int main;' },
      ],
      start: { language: 'bash', code: 'cd /srv' },
      example,
      evaluation: {
        kind: 'check',
        comparesWithExample: true,
        scripts: [example, { language: 'python', code: 'print(1)\n' }, { language: 'c++', code: '//' }],
      },
    });
  });

  it('takes single scripts, and a match before a check', async () => {
    const evaluation = { check: 'true', example: { code: 'ls' } };
    expect(await only({ description: '', create: { init: 'ls' }, evaluation })).toMatchObject({
      init: [{ code: 'ls' }],
      evaluation: { kind: 'check', scripts: [{ code: 'true' }], comparesWithExample: false },
    });
    expect(
      await only({ description: '', evaluation: { ...evaluation, match: { regex: '(?P<a>x)' } } }),
    ).toMatchObject({ evaluation: { kind: 'regex', pattern: /(?<a>x)/, strip: true } });
  });

  it('gives the default image to a problem whose create is a list', async () => {
    expect(await only({ ...simple, create: [null, { file: 'check.py' }] })).toMatchObject({
      image: { kind: 'local', name: 'default' },
      init: [],
    });
  });

  it('leaves labels out and keeps the numbers', async () => {
    await put('a.json', [simple, { ...simple, labels: ['hard'] }, simple]);
    expect(await indices('a.json', { leaveOut: ['hard', 'x'] })).toEqual([
      'std-001-a-00000',
      'std-001-a-00002',
    ]);
  });

  describe('a script that does not exist', () => {
    const needs = { description: '', create: { init: { file: 'init/gone.sh' } }, evaluation: { match: '' } };
    beforeEach(() => put('a.json', [simple, needs, simple]));

    it('is an error that names it', async () => {
      await expect(read('a.json')).rejects.toMatchObject({
        code: 'dataset-invalid',
        message: expect.stringContaining(path.join(folder, 'scripts/init/gone.sh')) as string,
        where: `${path.join(folder, 'a.json')}, entry 1`,
      });
    });

    it('leaves its problem out when told so, and says it', async () => {
      const said: unknown[] = [];
      const log: Logger = { ...silentLogger, warn: (_message, fields) => said.push(fields) };
      expect(await indices('a.json', { missingScripts: 'skip', log })).toEqual([
        'std-001-a-00000',
        'std-001-a-00002',
      ]);
      expect(said).toEqual([expect.objectContaining({ script: path.join(folder, 'scripts/init/gone.sh') })]);
    });
  });

  it.each([
    ['no JSON', '{', /JSON/],
    ['no problem', [{ description: 5 }], /description/],
    ['neither match nor check', { description: '', evaluation: {} }, /match/],
    ['an empty list of checks', { description: '', evaluation: { check: [] } }, /check/],
    ['null for a missing example', { description: '', evaluation: { check: [null] } }, /evaluation\.example/],
    ['a language that nobody speaks', { ...simple, start: { language: 'cobol', code: '' } }, /start/],
    ['a broken pattern', { description: '', evaluation: { match: { regex: '(' } } }, /regex/],
  ])('refuses %s', async (_name, content, message) => {
    await put('a.json', content);
    await expect(read('a.json')).rejects.toMatchObject({
      code: 'dataset-invalid',
      message: expect.stringMatching(message) as string,
      where: expect.stringContaining('a.json') as string,
    });
  });

  it('refuses an index that comes twice', async () => {
    await mkdir(path.join(folder, 'more'));
    await put('a.json', simple);
    await put('more/a.json', simple);
    const file = { script_dir: '.', index_prefix: '' };
    const reading = readDataset(
      [
        { ...file, problem_file: 'a.json' },
        { ...file, problem_file: 'more/a.json' },
      ],
      { folder, leaveOut: [], missingScripts: 'error', log: silentLogger },
    );
    await expect(reading).rejects.toMatchObject({ code: 'dataset-invalid' });
  });

  it('misses a pattern without a file', async () => {
    await expect(read('gone/*.json')).rejects.toMatchObject({ code: 'file-missing' });
  });
});
