import { afterAll, beforeAll } from 'vitest';
import { mariaDbMissing, startMariaDb, type MariaDbServer } from '../../testing/mariadb.ts';
import { describeOracle } from './oracle.suite.ts';

const startLimitMs = 60_000;
let server: MariaDbServer | undefined;

beforeAll(async () => {
  if (mariaDbMissing === undefined) server = await startMariaDb();
}, startLimitMs);
afterAll(() => server?.stop());

describeOracle('the embedded engine', { database: () => ({}) });
describeOracle('the mysql engine', {
  database: () => ({ engine: 'mysql', url: server?.url }),
  skip: mariaDbMissing,
});
