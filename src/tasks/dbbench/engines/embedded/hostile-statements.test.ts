import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../base/index.ts';
import type { Database, TableData } from '../engine.ts';
import { showResult } from '../show-result.ts';
import { EmbeddedEngine } from './index.ts';

const table: TableData = { name: 't', columns: ['a'], rows: [['x'.repeat(40)]] };
const interrupted = /^3024 \(HY000\): /;
const file = path.join(tmpdir(), `proctor-never-${process.pid}`);

describe('statements that mean harm', () => {
  const engine = new EmbeddedEngine({ statementLimitMs: 800, clock: systemClock });
  let database: Database;
  const run = async (sql: string) => showResult(await database.execute(sql));

  beforeAll(async () => {
    database = await engine.openDatabase([table], new AbortController().signal);
  });
  afterAll(() => engine.release());

  it.each([
    [
      'a recursion without end',
      'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n',
    ],
    ['a pattern that backtracks for ever', "SELECT a REGEXP '^(x+x+)+y$' FROM t"],
  ])('ends %s, and the database goes on', async (_name, sql) => {
    expect(await run(sql)).toMatch(interrupted);
    expect(await run('SELECT COUNT(*) FROM t')).toBe('[(1,)]');
  });

  it('keeps this process free while a statement runs', async () => {
    const statement = run(
      'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n',
    );
    const other = await engine.openDatabase([table], new AbortController().signal);
    expect(showResult(await other.execute('SELECT COUNT(*) FROM t'))).toBe('[(1,)]');
    await other.close();
    expect(await statement).toMatch(interrupted);
  });

  it.each([
    `ATTACH DATABASE '${file}' AS other`,
    `VACUUM INTO '${file}'`,
    `SELECT a FROM t INTO OUTFILE '${file}'`,
    `LOAD DATA INFILE '/etc/passwd' INTO TABLE t`,
    "SELECT LOAD_FILE('/etc/passwd')",
    "SELECT load_extension('x')",
    `SELECT writefile('${file}', 'x')`,
    'PRAGMA hard_heap_limit = 0',
    `SELECT '2020-01-01' + INTERVAL 1 "DAY'); DELETE FROM t; SELECT ('x"`,
    `SELECT '2020-01-01' + INTERVAL 1 "DAY'); ATTACH '/q.db' AS z; SELECT ('x"`,
    `SELECT DATE_ADD('2020-01-01', INTERVAL 1 "DAY'); DELETE FROM t; SELECT ('x")`,
    `SELECT EXTRACT("DAY'); DELETE FROM t; SELECT ('x" FROM '2020-01-01')`,
    'SELECT * FROM pragma_database_list',
    'SELECT * FROM sqlite_schema',
    'SELECT my_md5(1)',
    'CREATE DATABASE other',
    'USE mysql',
    'DROP DATABASE t',
  ])('refuses %s', async (sql) => {
    expect(await run(sql)).toMatch(/^(1044|1049|1064|1146|1227|1305) \(/);
    expect(existsSync(file)).toBe(false);
    expect(await run('SELECT COUNT(*) FROM t')).toBe('[(1,)]');
  });

  it.each([
    ['a text of a gigabyte', "SELECT REPEAT(REPEAT('x', 1000000), 1000)"],
    ['a text longer than its stack', "SELECT LENGTH(REPEAT('x', 10000000))"],
    ['parentheses without end', `SELECT ${'('.repeat(100_000)}1${')'.repeat(100_000)}`],
    ['a statement of a million operators', `SELECT 1${' = 1'.repeat(1_000_000)}`],
    ['a quote that never ends', `SELECT '${"\\'".repeat(500_000)}`],
  ])('survives %s', async (_name, sql) => {
    expect(await run(sql)).toMatch(/^(\[\(None,\)\]|\d{4} \()/);
    expect(await run('SELECT COUNT(*) FROM t')).toBe('[(1,)]');
  });

  it('survives a table that outgrows its memory, and keeps what was there before', async () => {
    await run('CREATE TABLE big (b TEXT)');
    await run("INSERT INTO big VALUES (REPEAT('x', 1000000))");
    for (let doubling = 0; doubling < 7; doubling++) await run('INSERT INTO big SELECT b FROM big');
    expect(await run('SELECT COUNT(*) FROM t')).toBe('[(1,)]');
    expect(await run('SELECT LENGTH(b) FROM big LIMIT 1')).toBe('[(1000000,)]');
    await run('DROP TABLE big');
  });
});
