import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashTables } from '../hash-tables.ts';
import type { Database, DatabaseEngine, TableData } from './engine.ts';
import { showResult } from './show-result.ts';

export interface EngineFixture {
  /** Starts an engine by a real clock; whoever asks releases it. */
  readonly open: (settings: { readonly statementLimitMs: number }) => Promise<DatabaseEngine>;
  /** Why the engine cannot be tested here. */
  readonly skip?: string | undefined;
}

const planets: TableData = {
  name: 'planets of old',
  columns: ['Name', 'Kind', 'Moons', 'Found (year)', 'Mass'],
  rows: [
    ['Mercury', 'rock', '0', 'ancient', '0.055'],
    ['Venus', 'rock', '0', 'ancient', '0.815'],
    ['Earth', 'rock', '1', null, '1'],
    ['Mars', 'Rock', '2', 'ancient', '0.107'],
    ['Jupiter', 'gas', '95', '1610', '317.8'],
    ['Saturn', 'gas', '146', 'ancient', '95.2'],
    ['Uranus', 'ice', '28', '1781', '14.5'],
    ['Neptune', 'ice', '16', '1846', '17.1'],
  ],
};

/** A table whose joins with itself outlast every limit. */
const numbers: TableData = {
  name: 'numbers',
  columns: ['n'],
  rows: Array.from({ length: 40 }, (_, index) => [String(index)]),
};
const runaway = `SELECT COUNT(*) FROM ${['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((alias) => `numbers ${alias}`).join(', ')}
  WHERE CONCAT(a.n, b.n, c.n, d.n, e.n, f.n, g.n, h.n) = 'never'`;

/** Statements and what the client prints for them, on every engine. */
const answers: readonly (readonly [statement: string, shown: string])[] = [
  ['SELECT Name FROM `planets of old` WHERE Moons = 2', "[('Mars',)]"],
  ['SELECT `Name`, `Found (year)` FROM `planets of old` WHERE Name = "earth"', "[('Earth', None)]"],
  ["SELECT COUNT(*) FROM `planets of old` WHERE Kind = 'ROCK'", '[(4,)]'],
  [
    "SELECT Name FROM `planets of old` WHERE Name LIKE '%UR%' ORDER BY Name",
    "[('Mercury',), ('Saturn',), ('Uranus',)]",
  ],
  [
    'SELECT Kind, COUNT(*) FROM `planets of old` GROUP BY Kind ORDER BY 2 DESC, Kind LIMIT 1',
    "[('rock', 4)]",
  ],
  ['SELECT COUNT(DISTINCT Kind) FROM `planets of old`', '[(3,)]'],
  ['SELECT SUM(Moons) FROM `planets of old`', '[(288.0,)]'],
  ["SELECT AVG(Mass) FROM `planets of old` WHERE Kind = 'ice'", '[(15.8,)]'],
  ['SELECT Moons + 0, Mass * 2, 1 + Moons FROM `planets of old` WHERE Name = "Mars"', '[(2.0, 0.214, 3.0)]'],
  ['SELECT MAX(Moons) FROM `planets of old`', "[('95',)]"],
  ['SELECT MAX(CAST(Moons AS SIGNED)) FROM `planets of old`', '[(146,)]'],
  [
    'SELECT Name FROM `planets of old` ORDER BY CAST(Moons AS UNSIGNED) DESC, Name LIMIT 1, 2',
    "[('Jupiter',), ('Uranus',)]",
  ],
  ['SELECT Name FROM `planets of old` ORDER BY Moons + 0 DESC LIMIT 1 # the most', "[('Saturn',)]"],
  [
    'SELECT Name FROM `planets of old` WHERE Mass BETWEEN 14 AND 18 ORDER BY Name',
    "[('Neptune',), ('Uranus',)]",
  ],
  ["SELECT Name FROM `planets of old` WHERE Name IN ('mars', 'PLUTO')", "[('Mars',)]"],
  ['SELECT Name FROM `planets of old` WHERE `Found (year)` IS NULL', "[('Earth',)]"],
  [
    "SELECT Name FROM `planets of old` WHERE Name REGEXP '^[mv].*s$' ORDER BY Name",
    "[('Mars',), ('Venus',)]",
  ],
  [
    'SELECT p.Name FROM `planets of old` AS p WHERE p.Moons = (SELECT MAX(q.Moons + 0) FROM `planets of old` q)',
    "[('Saturn',)]",
  ],
  ['SELECT Name FROM `planets of old` WHERE Name = "Pluto"', '[]'],
  [
    "SELECT 'it''s', \"a \\\"quote\\\"\", 'back\\\\slash', 'tab\\t'",
    `[("it's", 'a "quote"', 'back\\\\slash', 'tab\\t')]`,
  ],
  [
    "SELECT CONCAT('a', 1, NULL), CONCAT('a', 1, 'b'), CONCAT_WS('-', 'a', NULL, 'b')",
    "[(None, 'a1b', 'a-b')]",
  ],
  [
    "SELECT IF(1 < 2, 'yes', 'no'), IFNULL(NULL, 'x'), NULLIF('a', 'A'), COALESCE(NULL, 'z')",
    "[('yes', 'x', None, 'z')]",
  ],
  [
    "SELECT LEFT('planet', 2), RIGHT('planet', 3), SUBSTRING('planet', 2, 3), MID('planet', -3)",
    "[('pl', 'net', 'lan', 'net')]",
  ],
  ["SELECT SUBSTRING_INDEX('a.b.c', '.', 2), SUBSTRING_INDEX('a.b.c', '.', -1)", "[('a.b', 'c')]"],
  [
    "SELECT LOCATE('N', 'planet'), INSTR('planet', 'net'), FIELD('b', 'a', 'B'), FIND_IN_SET('b', 'a,b')",
    '[(4, 4, 2, 2)]',
  ],
  [
    "SELECT LPAD('7', 3, '0'), RPAD('ab', 4, 'xy'), REPEAT('ab', 2), REVERSE('abc')",
    "[('007', 'abxy', 'abab', 'cba')]",
  ],
  [
    "SELECT UPPER('aé'), LOWER('AB'), TRIM('  a '), TRIM(LEADING '0' FROM '007'), REPLACE('aXa', 'X', '-')",
    "[('AÉ', 'ab', 'a', '7', 'a-a')]",
  ],
  ["SELECT CHAR_LENGTH('é'), LENGTH('é'), MD5('a')", "[(1, 2, '0cc175b9c0f1b6a831c399e269772661')]"],
  ["SELECT FORMAT(1234567.891, 2), HEX('a')", "[('1,234,567.89', '61')]"],
  [
    "SELECT YEAR('2020-03-31'), MONTH('2020-03-31'), DAY('2020-03-31'), DATEDIFF('2020-03-31', '2020-03-01')",
    '[(2020, 3, 31, 30)]',
  ],
  ["SELECT DATE_FORMAT('2020-03-01', '%M %e, %Y'), DAYNAME('2020-03-01')", "[('March 1, 2020', 'Sunday')]"],
  [
    "SELECT CONCAT(STR_TO_DATE('March 1, 2020', '%M %e, %Y'), ''), STR_TO_DATE('05/12/2020', '%d/%m/%Y') > '2020-12-04'",
    "[('2020-03-01', 1)]",
  ],
  ['SELECT 7 DIV 2, 7 MOD 4, 7 % 4, ABS(-3), 1 + 2 * 3, -2', '[(3, 3, 3, 3, 7, -2)]'],
  ["SELECT 'a' = 'A', 'é' = 'e', 1 = '1.0', NOT 1, NULL <=> NULL, 1 XOR 1", '[(1, 1, 1, 0, 1, 0)]'],
  ["SELECT CASE 'B' WHEN 'b' THEN 1 ELSE 2 END, GREATEST('a', 'c', 'b')", "[(1, 'c')]"],
  [
    'SELECT Name FROM `planets of old` WHERE Moons = 1 UNION ALL SELECT Kind FROM `planets of old` WHERE Moons = 2',
    "[('Earth',), ('Rock',)]",
  ],
  [
    'WITH gas AS (SELECT Name FROM `planets of old` WHERE Kind = "gas") SELECT GROUP_CONCAT(Name ORDER BY Name SEPARATOR "; ") FROM gas',
    "[('Jupiter; Saturn',)]",
  ],
  ['SHOW TABLES', "[('numbers',), ('planets of old',)]"],
  ['SELECT 1; SELECT 2', '[(1,)]'],
];

const faults: readonly (readonly [statement: string, beginning: string])[] = [
  ['SELECT Nme FROM `planets of old`', "1054 (42S22): Unknown column 'Nme' in "],
  ['SELECT * FROM planetss', '1146 (42S02): Table '],
  ['SELEC 1', '1064 (42000): You have an error in your SQL syntax; '],
  ['SELECT * FROM planets of old', '1064 (42000): You have an error in your SQL syntax; '],
  ['INSERT INTO numbers VALUES (1, 2)', "1136 (21S01): Column count doesn't match value count at row 1"],
  ['', '1065 (42000): Query was empty'],
];

/** What every engine promises. */
export function describeEngine(name: string, { open, skip }: EngineFixture): void {
  describe.skipIf(skip !== undefined)(
    `${name} keeps the engine contract${skip === undefined ? '' : ` (${skip})`}`,
    () => {
      let engine: DatabaseEngine;
      beforeAll(async () => {
        engine = await open({ statementLimitMs: 30_000 });
      }, 60_000);
      afterAll(() => engine?.release());

      const withDatabase = async (
        use: (run: (sql: string) => Promise<string>, database: Database) => Promise<void>,
      ) => {
        const database = await engine.openDatabase([planets, numbers], new AbortController().signal);
        try {
          await use(async (sql) => showResult(await database.execute(sql)), database);
        } finally {
          await database.close();
        }
      };

      it('answers as the client prints it', () =>
        withDatabase(async (run) => {
          const shown: (readonly [string, string])[] = [];
          for (const [statement] of answers) shown.push([statement, await run(statement)]);
          expect(shown).toEqual(answers);
        }));

      it('words faults as the client does, and goes on', () =>
        withDatabase(async (run) => {
          for (const [statement, beginning] of faults)
            expect((await run(statement)).slice(0, beginning.length), statement).toBe(beginning);
          expect(await run('SELECT 1')).toBe('[(1,)]');
        }));

      it('makes changes that later statements see', () =>
        withDatabase(async (run) => {
          expect(await run("INSERT INTO numbers SET n = 'forty'")).toBe('[]');
          expect(await run("INSERT INTO numbers (n) VALUES (1.50), ('x')")).toBe('[]');
          expect(await run("SELECT n FROM numbers WHERE n IN ('forty', 'x') OR n = '1.50' ORDER BY n")).toBe(
            "[('1.50',), ('forty',), ('x',)]",
          );
          expect(await run("UPDATE numbers SET n = CONCAT(n, '!') ORDER BY n + 0 DESC LIMIT 1")).toBe('[]');
          expect(await run("SELECT n FROM numbers WHERE n LIKE '%!'")).toBe("[('39!',)]");
          expect(await run('DELETE FROM numbers WHERE n > 5')).toBe('[]');
          expect(await run('TRUNCATE TABLE numbers')).toBe('[]');
          expect(await run('SELECT COUNT(*) FROM numbers')).toBe('[(0,)]');
        }));

      it('stores computed numbers with the digits that MySQL writes, and assigns from left to right', () =>
        withDatabase(async (run) => {
          await run('CREATE TABLE sums (a TEXT, b TEXT)');
          await run("INSERT INTO sums VALUES ('1', 'x'), ('2', 'y'), (1 + 2, 'z'), (1e3, 'e'), (2.50, 7)");
          await run("UPDATE sums SET a = a + 5 WHERE b = 'x'");
          await run("UPDATE sums SET a = a * 2, b = a WHERE b = 'y'");
          await run("UPDATE sums SET a = a / 4 WHERE b = 'z'");
          await run("INSERT INTO sums SELECT SUM(Moons), CONCAT('a', 'b') FROM `planets of old`");
          await run(
            'INSERT INTO sums (b) SELECT COUNT(*) + 0.5 FROM numbers UNION ALL SELECT n FROM numbers WHERE n = 39',
          );
          expect(await run('SELECT a, b FROM sums')).toBe(
            "[('6', 'x'), ('4', '4'), ('0.75', 'z'), ('1000', 'e'), ('2.50', '7'), ('288', 'ab'), (None, '40.5'), (None, '39')]",
          );
        }));

      it('describes tables', () =>
        withDatabase(async (run) => {
          expect(await run('DESCRIBE `planets of old`')).toMatch(/'Found \(year\)'.*text.*'YES'/);
          expect(await run('SHOW COLUMNS FROM numbers')).toContain("'n'");
          expect(await run('DESC nowhere')).toMatch(/^1146 /);
        }));

      it('keeps databases apart', () =>
        withDatabase(async (run) => {
          await run('DROP TABLE numbers');
          await withDatabase(async (other) => {
            expect(await other('SELECT COUNT(*) FROM numbers')).toBe('[(40,)]');
          });
          expect(await run('SELECT COUNT(*) FROM numbers')).toMatch(/^1146 /);
        }));

      it('runs statements one after another', () =>
        withDatabase(async (run) => {
          const changes = Array.from({ length: 20 }, (_, index) =>
            run(`UPDATE numbers SET n = CONCAT(n, '-${index}') WHERE n LIKE '7%'`),
          );
          await Promise.all(changes);
          const trail = Array.from({ length: 20 }, (_, index) => `-${index}`).join('');
          expect(await run("SELECT n FROM numbers WHERE n LIKE '7%'")).toBe(`[('7${trail}',)]`);
        }));

      it('cuts a long GROUP_CONCAT, and so the hash of a long table', async () => {
        const long: TableData = {
          name: 'long',
          columns: ['n'],
          rows: Array.from({ length: 300 }, (_, n) => [String(n)]),
        };
        const database = await engine.openDatabase([long], new AbortController().signal);
        expect(
          showResult(await database.execute('SELECT LENGTH(GROUP_CONCAT(n SEPARATOR "------")) FROM `long`')),
        ).toBe('[(1024,)]');
        expect(await hashTables(database, [long])).toBe(longTableHash);
        await database.close();
      });

      it('hashes tables by their rows in any order, cells that are NULL left out', () =>
        withDatabase(async (run, database) => {
          const before = await hashTables(database, [planets]);
          expect(before).toBe(planetsHash);
          await run("UPDATE `planets of old` SET Moons = '3' WHERE Name = 'Mars'");
          expect(await hashTables(database, [planets])).not.toBe(before);
          await run("DELETE FROM `planets of old` WHERE Name = 'Mars'");
          await run("INSERT INTO `planets of old` VALUES ('Mars', 'Rock', '2', 'ancient', '0.107')");
          expect(await hashTables(database, [planets])).toBe(before);
        }));

      it('gives rows of any number and kind without trouble', async () => {
        const rows = Array.from({ length: 3000 }, (_, index) => [
          `row ${index}`,
          index % 3 === 0 ? null : '漢字 🙂 \' " \\',
        ]);
        const database = await engine.openDatabase(
          [{ name: 'wide', columns: ['a', 'b'], rows }],
          new AbortController().signal,
        );
        expect(showResult(await database.execute('SELECT COUNT(*), COUNT(b) FROM wide'))).toBe(
          '[(3000, 2000)]',
        );
        const shown = showResult(await database.execute('SELECT * FROM wide'));
        expect(shown).toMatch(/^\[\('row 0', None\), \('row 1', '漢字 🙂 \\' " \\\\'\), .*\[TRUNCATED\]$/);
        expect([...shown]).toHaveLength(811);
        await database.close();
      });

      it('opens tables without rows', async () => {
        const empty: TableData = { name: 'empty', columns: ['a', 'b c'], rows: [] };
        const database = await engine.openDatabase([empty], new AbortController().signal);
        expect(showResult(await database.execute('SELECT `b c` FROM empty'))).toBe('[]');
        expect(await hashTables(database, [empty])).toBe('[(None,)]');
        await database.close();
      });

      it('opens nothing once the signal is aborted', async () => {
        const reason = new Error('cancelled');
        await expect(engine.openDatabase([numbers], AbortSignal.abort(reason))).rejects.toBe(reason);
      });

      it('closes a database whose statement is still running, and closes twice', async () => {
        const database = await engine.openDatabase([numbers], new AbortController().signal);
        const statement = database.execute(runaway).then(
          (result) => ('error' in result ? 'ended' : 'finished'),
          () => 'ended',
        );
        await database.close();
        await database.close();
        expect(await statement).toBe('ended');
      });

      it('ends a statement that runs over its limit; what was changed before stays', async () => {
        const limited = await open({ statementLimitMs: 250 });
        try {
          const database = await limited.openDatabase([numbers], new AbortController().signal);
          await database.execute("INSERT INTO numbers VALUES ('kept')");
          expect(showResult(await database.execute(runaway))).toBe(
            '3024 (HY000): Query execution was interrupted, maximum statement execution time exceeded',
          );
          expect(showResult(await database.execute("SELECT n FROM numbers WHERE n = 'kept'"))).toBe(
            "[('kept',)]",
          );
        } finally {
          await limited.release();
        }
      });
    },
  );
}

/** As MySQL gives them for these tables. */
const planetsHash = "[('d9879cbb6a72f530b576f6feb643e5ae',)]";
const longTableHash = "[('14bb816d9e7b25a74f71689776c50e6e',)]";
