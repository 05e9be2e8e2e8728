import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../../base/index.ts';
import { mariaDbMissing, startMariaDb, type MariaDbServer } from '../../../../testing/mariadb.ts';
import { describeEngine } from '../engine.suite.ts';
import type { TableData } from '../engine.ts';
import { showResult } from '../show-result.ts';
import { MysqlEngine } from './mysql-engine.ts';

const table: TableData = { name: 'rivers', columns: ['River', 'Length km'], rows: [['Elbe', '1094']] };
const newSignal = () => new AbortController().signal;
const startLimitMs = 90_000;

// The server shares the machine with the other tests.
vi.setConfig({ testTimeout: 60_000 });
const patience = { timeout: 20_000 };

let server: MariaDbServer | undefined;
let connection: Connection | undefined;

beforeAll(async () => {
  if (mariaDbMissing !== undefined) return;
  server = await startMariaDb();
  connection = await createConnection(server.url);
}, startLimitMs);

afterAll(async () => {
  await connection?.end();
  await server?.stop();
}, startLimitMs);

function openEngine(statementLimitMs = 30_000, url = server?.url ?? ''): Promise<MysqlEngine> {
  return MysqlEngine.open({ url, statementLimitMs, clock: systemClock });
}

async function ask(sql: string): Promise<readonly unknown[]> {
  const [rows] = await (connection as Connection).query<RowDataPacket[]>({ sql, rowsAsArray: true });
  return Array.isArray(rows) ? (rows as unknown as readonly (readonly unknown[])[]).flat() : [];
}

const listSchemas = () =>
  ask("SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'proctor\\_%'");

describeEngine('the mysql engine', {
  open: ({ statementLimitMs }) => openEngine(statementLimitMs),
  skip: mariaDbMissing,
});

describe.skipIf(mariaDbMissing !== undefined)('statements that mean harm', () => {
  it('are answered as errors, and the sample goes on', async () => {
    const engine = await openEngine();
    const database = await engine.openDatabase([table], newSignal());
    const run = async (sql: string) => showResult(await database.execute(sql));
    // Without the client's own permission it is the server that refuses, and no file is asked for.
    expect(await run("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE rivers")).toMatch(/^\d+ \(\w{5}\): /);
    expect(await run('KILL CONNECTION CONNECTION_ID()')).toMatch(/^(2013 \(HY000\)|1317 \(70100\)|1927 )/);
    expect(await run('SELECT River FROM rivers')).toBe("[('Elbe',)]");
    await database.close();
    await engine.release();
    expect(await listSchemas()).toEqual([]);
  });
});

describe.skipIf(mariaDbMissing !== undefined)('the schemas of samples', () => {
  it('are gone once the samples have ended, and all with the engine', async () => {
    const engine = await openEngine();
    const first = await engine.openDatabase([table], newSignal());
    await engine.openDatabase([table], newSignal());
    expect(await listSchemas()).toHaveLength(2);
    await first.close();
    expect(await listSchemas()).toHaveLength(1);
    await engine.release();
    expect(await listSchemas()).toEqual([]);
  });

  it('of a process that died are dropped at the next start; those of a living one, and strangers, stay', async () => {
    await ask('CREATE DATABASE proctor_0123456789ab_dead');
    await ask('CREATE DATABASE proctor_notes');
    const living = await openEngine();
    const database = await living.openDatabase([table], newSignal());
    expect(await listSchemas()).toHaveLength(2);
    await ask('CREATE DATABASE proctor_0123456789ab_more');
    const next = await openEngine();
    expect(await listSchemas()).not.toContain('proctor_0123456789ab_more');
    expect(await listSchemas()).toHaveLength(2);
    expect(showResult(await database.execute('SELECT River FROM rivers'))).toBe("[('Elbe',)]");
    await next.release();
    await living.release();
    expect(await listSchemas()).toEqual(['proctor_notes']);
    await ask('DROP DATABASE proctor_notes');
  });

  it.each([
    'LOCK TABLES rivers WRITE',
    'LOCK TABLES rivers WRITE; SELECT nothing',
    "START TRANSACTION; INSERT INTO rivers VALUES ('Oder', '840'); SELECT nothing",
  ])('are dropped whatever a statement has left locked: %s', async (statement) => {
    const engine = await openEngine();
    const database = await engine.openDatabase([table], newSignal());
    const other = await engine.openDatabase([table], newSignal());
    // Several connections are in the pool, so that the lock is held by another one than drops the schema.
    await Promise.all([other.execute('SELECT SLEEP(0.01)'), database.execute(statement)]);
    await database.close();
    await other.close();
    expect(await listSchemas()).toEqual([]);
    await engine.release();
  });

  it('are not left behind by a cancellation, or a release, while they are made', async () => {
    const engine = await openEngine();
    const tables = Array.from({ length: 100 }, (_, index) => ({ ...table, name: `rivers ${index}` }));
    const controller = new AbortController();
    const cancelled = Array.from({ length: 8 }, () => engine.openDatabase(tables, controller.signal));
    const outcomes = Promise.allSettled(cancelled);
    // All of them have begun with their schema, and none has its tables.
    await Promise.resolve();
    controller.abort(new Error('cancelled'));
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'cancelled' } });
    expect(await listSchemas()).toEqual([]);
    const released = engine.openDatabase(tables, newSignal()).catch(String);
    await ask('SELECT 1');
    await engine.release();
    expect(await released).toMatch(/closed/);
    expect(await listSchemas()).toEqual([]);
    await expect(engine.openDatabase(tables, newSignal())).rejects.toThrow(
      'the database engine was released',
    );
  });

  it('need no rights but those on themselves', async () => {
    await ask("CREATE USER guest@'%' IDENTIFIED BY 'secret'");
    await ask("GRANT ALL ON `proctor\\_%`.* TO guest@'%'");
    await ask('CREATE DATABASE proctor_0123456789ab_dead');
    const url = (server?.url ?? '').replace('root@', 'guest:secret@');
    const engine = await openEngine(300, url);
    expect(await listSchemas()).toEqual([]);
    const database = await engine.openDatabase([table], newSignal());
    expect(showResult(await database.execute('SELECT SLEEP(600)'))).toMatch(/^3024 /);
    expect(showResult(await database.execute('SELECT * FROM mysql.user'))).toMatch(/^1142 .* denied/);
    expect(showResult(await database.execute('SELECT River FROM rivers'))).toBe("[('Elbe',)]");
    await engine.release();
    expect(await listSchemas()).toEqual([]);
  });

  it('stay in use when the connection that marks them is lost', async () => {
    const engine = await openEngine();
    const database = await engine.openDatabase([table], newSignal());
    const [name] = await listSchemas();
    const mark = String(name).slice(0, 'proctor_0123456789ab'.length);
    const [holder] = await ask(`SELECT IS_USED_LOCK('${mark}')`);
    await ask(`KILL CONNECTION ${Number(holder)}`);
    await expect.poll(() => ask(`SELECT IS_FREE_LOCK('${mark}')`), patience).toEqual([1]);
    // The loss is seen with the next sample, which marks them anew.
    await expect
      .poll(async () => {
        const other = await engine.openDatabase([table], newSignal());
        await other.close();
        return ask(`SELECT IS_FREE_LOCK('${mark}')`);
      }, patience)
      .toEqual([0]);
    const next = await openEngine();
    expect(showResult(await database.execute('SELECT River FROM rivers'))).toBe("[('Elbe',)]");
    await next.release();
    await engine.release();
  });
});

describe.skipIf(mariaDbMissing !== undefined)('the mysql engine', () => {
  it('serves more samples at once than it has connections, and ends all their runaways', async () => {
    const engine = await openEngine(300);
    const databases = await Promise.all(
      Array.from({ length: 40 }, () => engine.openDatabase([table], newSignal())),
    );
    const results = await Promise.all(databases.map((database) => database.execute('SELECT SLEEP(600)')));
    for (const result of results) expect(showResult(result)).toMatch(/^3024 \(HY000\)/);
    expect(
      await ask("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'"),
    ).toEqual([0]);
    await engine.release();
  });

  it('begins each statement anew: no variable, transaction or chosen schema is left from the one before', async () => {
    const engine = await openEngine();
    const database = await engine.openDatabase([table], newSignal());
    await database.execute("SET SESSION group_concat_max_len = 4, @x = 'left'");
    await database.execute('USE information_schema');
    await database.execute("START TRANSACTION; INSERT INTO rivers VALUES ('Oder', '840')");
    expect(
      showResult(
        await database.execute("SELECT @x, GROUP_CONCAT(River ORDER BY River SEPARATOR ' and ') FROM rivers"),
      ),
    ).toBe("[(None, 'Elbe and Oder')]");
    await engine.release();
  });

  it('goes on when a sample drops its own schema', async () => {
    const engine = await openEngine();
    const database = await engine.openDatabase([table], newSignal());
    const [name] = await listSchemas();
    await database.execute(`DROP DATABASE ${String(name)}`);
    expect(showResult(await database.execute('SELECT 1'))).toMatch(/^1049 \(42000\): Unknown database/);
    await database.close();
    await engine.release();
  });

  it('says which server does not answer, without its password', async () => {
    const opening = MysqlEngine.open({
      url: 'mysql://root:secret@127.0.0.1:9',
      statementLimitMs: 1000,
      clock: systemClock,
    });
    await expect(opening).rejects.toMatchObject({ code: 'database-unreachable' });
    await expect(opening).rejects.toThrow(/127\.0\.0\.1:9 cannot be used: .*ECONNREFUSED/);
    await expect(opening).rejects.not.toThrow(/secret/);
  });

  it('refuses what is no address', async () => {
    const opening = MysqlEngine.open({ url: 'my server', statementLimitMs: 1000, clock: systemClock });
    await expect(opening).rejects.toThrow('"database.url" cannot be used: the address is no URL');
  });
});
