import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDataset } from './dataset.ts';

const table = {
  table_name: 't',
  table_info: { columns: [{ name: 'a', type: 'TEXT' }], rows: [['x'], [null], [5], [true]] },
};
const question = { description: 'Which?', add_description: 'It is t.', type: ['other'], label: ['x'], table };
const change = {
  description: 'Add y.',
  type: ['INSERT'],
  label: ["INSERT INTO t VALUES ('y')"],
  answer_md5: "[('abc',)]",
  table: [table, { ...table, table_name: 'u' }],
};

describe('readDataset', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'proctor-dbbench-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads an entry a line, relative to the folder', async () => {
    await writeFile(
      path.join(folder, 'a.jsonl'),
      `${JSON.stringify(question)}\n\n${JSON.stringify(change)}\n`,
    );
    expect(await readDataset('a.jsonl', folder)).toEqual([
      {
        question: 'Which?\nIt is t.',
        kind: 'other',
        tables: [{ name: 't', columns: ['a'], rows: [['x'], [null], ['5'], ['1']] }],
        expected: ['x'],
        solution: undefined,
      },
      {
        question: 'Add y.\n',
        kind: 'INSERT',
        tables: [expect.objectContaining({ name: 't' }), expect.objectContaining({ name: 'u' })],
        expected: "[('abc',)]",
        solution: "INSERT INTO t VALUES ('y')",
      },
    ]);
  });

  it('reads a list from a .json file', async () => {
    await writeFile(path.join(folder, 'a.json'), JSON.stringify([question, question], null, 2));
    expect(await readDataset(path.join(folder, 'a.json'), '/')).toHaveLength(2);
  });

  it('names columns that MySQL would refuse by their place', async () => {
    const columns = ['', 'Name', 'name', 'end '].map((name) => ({ name }));
    const odd = { ...question, table: { table_name: 't', table_info: { columns, rows: [] } } };
    await writeFile(path.join(folder, 'a.jsonl'), JSON.stringify(odd));
    const [sample] = await readDataset('a.jsonl', folder);
    expect(sample?.tables[0]?.columns).toEqual(['column_1', 'Name', 'column_3', 'column_4']);
  });

  it.each([
    ['{"description": ', /:1$/, /Cannot read the samples/],
    [JSON.stringify({ ...question, label: undefined }), /:1$/, /label/],
    [`\n${JSON.stringify({ ...change, answer_md5: undefined })}`, /:2$/, /answer_md5/],
    [JSON.stringify({ ...question, table: undefined }), /:1$/, /table/],
    [
      JSON.stringify({
        ...question,
        table: { table_name: 't', table_info: { columns: [{ name: 'a' }], rows: [['x', 'y']] } },
      }),
      /:1$/,
      /table t: a row/,
    ],
  ])('says what is wrong with %s, and where', async (text, where, problem) => {
    await writeFile(path.join(folder, 'a.jsonl'), text);
    await expect(readDataset('a.jsonl', folder)).rejects.toMatchObject({
      code: 'dataset-invalid',
      where: expect.stringMatching(where),
      message: expect.stringMatching(problem),
    });
  });

  it('says which file is missing', async () => {
    await expect(readDataset('none.jsonl', folder)).rejects.toMatchObject({
      code: 'file-missing',
      message: expect.stringContaining(path.join(folder, 'none.jsonl')),
    });
  });
});
