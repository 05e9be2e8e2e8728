import { createConnection } from 'mysql2/promise';
import { it, vi } from 'vitest';
import { systemClock } from '../../../../base/index.ts';
import { startMariaDb } from '../../../../testing/mariadb.ts';
import { showResult } from '../show-result.ts';
import { MysqlEngine } from './mysql-engine.ts';
vi.setConfig({ testTimeout: 60_000 });
const race = (p: Promise<unknown>) =>
  Promise.race([
    p.then(
      (v) => v ?? 'ok',
      (e) => 'REJ ' + e,
    ),
    new Promise((r) => setTimeout(() => r('HANGS'), 4000)),
  ]);
it('probe', async () => {
  const server = await startMariaDb();
  const root = await createConnection(server.url + '?multipleStatements=true');
  try {
    const t = { name: 'rivers', columns: ['River'], rows: [['Elbe']] };
    const s = new AbortController().signal;
    for (const left of [
      'LOCK TABLES rivers WRITE',
      "START TRANSACTION; INSERT INTO rivers VALUES ('a'); SELECT bad",
      'LOCK TABLES rivers WRITE; SELECT bad',
    ]) {
      const e = await MysqlEngine.open({ url: server.url, statementLimitMs: 3000, clock: systemClock });
      const d = await e.openDatabase([t], s);
      console.log(left, '->', showResult(await d.execute(left)));
      console.log(' next:', await race(d.execute('SELECT COUNT(*) FROM rivers').then(showResult)));
      await d.execute(left);
      console.log(' close:', await race(d.close()));
      void e.release().catch(() => 0);
    }
    await root.query(
      "CREATE USER small@'%' IDENTIFIED BY 'pw'; GRANT ALL ON `proctor\\_%`.* TO small@'%'; CREATE DATABASE proctor_00112233aabb_dead",
    );
    const e = await MysqlEngine.open({
      url: server.url.replace('root@', 'small:pw@'),
      statementLimitMs: 500,
      clock: systemClock,
    });
    const [rows] = await root.query("SHOW DATABASES LIKE 'proctor%'");
    console.log(JSON.stringify(rows));
    const d = await e.openDatabase([t], s);
    console.log(
      showResult(await d.execute('SELECT SLEEP(100)')),
      showResult(await d.execute('SELECT * FROM rivers')),
      showResult(await d.execute('SELECT * FROM mysql.user')),
    );
    await e.release();
    // release while opening
    for (let i = 0; i < 20; i++) {
      const e2 = await MysqlEngine.open({ url: server.url, statementLimitMs: 500, clock: systemClock });
      const o = e2.openDatabase([t, { ...t, name: 'b' }], s).then(
        () => 'opened',
        (x) => 'rej ' + x.message,
      );
      await new Promise((r) => setTimeout(r, i / 2));
      const rel = await race(e2.release());
      const [left] = await root.query("SHOW DATABASES LIKE 'proctor%'");
      const lefts = (left as any[]).length;
      console.log(i, await race(o), rel, lefts);
      for (const x of left as any[]) await root.query('DROP DATABASE `' + Object.values(x)[0] + '`');
    }
    const [c] = await root.query('SELECT COUNT(*) FROM information_schema.processlist');
    console.log(JSON.stringify(c));
  } finally {
    root.destroy();
    await server.stop();
  }
});
