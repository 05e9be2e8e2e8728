import type { FieldPacket, Pool, PoolConnection } from 'mysql2/promise';
import { coerceError, ProctorError, withDeadline, type Clock } from '../../../../base/index.ts';
import { interruptedText, lostText } from '../client-error.ts';
import { rowLimit, type Cell, type Database, type StatementResult, type TableData } from '../engine.ts';
import { readCell } from './cells.ts';

export interface MysqlResources {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly statementLimitMs: number;
  /** Ends the statement that a connection is at, or the connection. */
  readonly kill: (what: 'QUERY' | 'CONNECTION', threadId: number) => Promise<void>;
}

interface StatementRun {
  readonly result: StatementResult;
  /** Whether the connection can be used again. */
  readonly isUsable: boolean;
}

/** A killed statement that has not ended after this long takes its connection with it. */
const killGraceMs = 5000;

/** One sample's schema on the server. */
export class MysqlDatabase implements Database {
  readonly #resources: MysqlResources;
  readonly #schema: string;
  #last: Promise<unknown> = Promise.resolve();
  #runningThreadId: number | undefined;
  #dropped: Promise<void> | undefined;

  constructor(resources: MysqlResources, schema: string) {
    this.#resources = resources;
    this.#schema = schema;
  }

  /** Makes the schema and its tables; leaves off when it is closed meanwhile. */
  create(tables: readonly TableData[]): Promise<void> {
    const creation = this.#createTables(tables);
    this.#last = creation.catch(() => undefined);
    return creation;
  }

  execute(sql: string): Promise<StatementResult> {
    const result = this.#last.then(() => this.#executeNow(sql));
    this.#last = result.catch(() => undefined);
    return result;
  }

  close(): Promise<void> {
    this.#dropped ??= this.#drop();
    return this.#dropped;
  }

  async #createTables(tables: readonly TableData[]): Promise<void> {
    const { pool } = this.#resources;
    await pool.query(`CREATE DATABASE ${quote(this.#schema)} CHARACTER SET utf8mb4`);
    for (const table of tables) {
      this.#requireOpen();
      const name = `${quote(this.#schema)}.${quote(table.name)}`;
      await pool.query(
        `CREATE TABLE ${name} (${table.columns.map((column) => `${quote(column)} TEXT`).join(', ')})`,
      );
      if (table.rows.length > 0) await pool.query(`INSERT INTO ${name} VALUES ?`, [table.rows]);
    }
  }

  /** A statement at work holds the tables, and one that makes the schema would make it again; both are over first. */
  async #drop(): Promise<void> {
    const { pool, kill } = this.#resources;
    if (this.#runningThreadId !== undefined) await kill('QUERY', this.#runningThreadId);
    await this.#last;
    await pool.query(`DROP DATABASE IF EXISTS ${quote(this.#schema)}`);
  }

  async #executeNow(sql: string): Promise<StatementResult> {
    this.#requireOpen();
    const connection = await this.#resources.pool.getConnection();
    try {
      const { result, isUsable } = await this.#runInSchema(connection, sql);
      if (!isUsable) {
        connection.destroy();
        return result;
      }
      // A statement may leave variables, transactions and locks behind, for which the end of the schema would wait.
      if (await resetSession(connection)) connection.release();
      else connection.destroy();
      return result;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  async #runInSchema(connection: PoolConnection, sql: string): Promise<StatementRun> {
    let hasBegun = false;
    try {
      await connection.query(
        `USE ${quote(this.#schema)}; SET SESSION group_concat_max_len = 1024, sql_select_limit = ${rowLimit}`,
      );
      this.#requireOpen();
      hasBegun = true;
      return await this.#runLimited(connection, sql);
    } catch (error) {
      const text = clientErrorOf(error);
      if (text !== undefined) return { result: { error: text }, isUsable: true };
      // The statement may have ended its own connection; should the server be gone, the next one finds out.
      if (hasBegun && isConnectionLoss(error)) return { result: { error: lostText }, isUsable: false };
      throw error;
    }
  }

  #requireOpen(): void {
    if (this.#dropped) throw new Error("the sample's database was closed");
  }

  async #runLimited(connection: PoolConnection, sql: string): Promise<StatementRun> {
    const { clock, statementLimitMs: limitMs } = this.#resources;
    this.#runningThreadId = connection.threadId;
    const running = runStatement(connection, sql);
    try {
      const result = await withDeadline({ clock, limitMs, operation: 'A statement' }, () => running);
      return { result, isUsable: true };
    } catch (error) {
      if (!isDeadline(error)) throw error;
      const isUsable = await this.#interrupt(connection.threadId, running);
      return { result: { error: interruptedText }, isUsable };
    } finally {
      this.#runningThreadId = undefined;
    }
  }

  /** Whether the statement has ended in time. */
  async #interrupt(threadId: number, running: Promise<unknown>): Promise<boolean> {
    const { clock, kill } = this.#resources;
    const over = running.catch(() => undefined);
    try {
      return await withDeadline({ clock, limitMs: killGraceMs, operation: 'KILL QUERY' }, async () => {
        await kill('QUERY', threadId);
        await over;
        return true;
      });
    } catch (error) {
      if (!isDeadline(error)) throw error;
      await kill('CONNECTION', threadId);
      return false;
    }
  }
}

/** Whether the connection can be used again: a statement may have ended it. */
async function resetSession(connection: PoolConnection): Promise<boolean> {
  try {
    await connection.changeUser({ database: '' });
    return true;
  } catch (error) {
    if (isConnectionLoss(error)) return false;
    throw error;
  }
}

function isConnectionLoss(error: unknown): boolean {
  const { code, fatal } = coerceError(error) as Error & { readonly code?: string; readonly fatal?: boolean };
  return fatal === true && (code === 'PROTOCOL_CONNECTION_LOST' || code === 'ECONNRESET' || code === 'EPIPE');
}

function isDeadline(error: unknown): boolean {
  return ProctorError.is(error) && error.code === 'deadline-exceeded';
}

async function runStatement(connection: PoolConnection, sql: string): Promise<StatementResult> {
  const outcome = await connection.query({ sql, rowsAsArray: true, typeCast: (field) => field.buffer() });
  await connection.query('COMMIT');
  return { rows: firstRows(outcome) };
}

type Outcome = readonly [
  results: unknown,
  fields: readonly (FieldPacket | FieldPacket[] | undefined)[] | undefined,
];

/** Of several statements the first one's rows are given. */
function firstRows([results, fields]: Outcome): readonly (readonly Cell[])[] {
  if (!Array.isArray(results) || !Array.isArray(fields)) return [];
  const isSeveral = fields.some((field) => field === undefined || Array.isArray(field));
  const rows: unknown = isSeveral ? results[0] : results;
  const columns: unknown = isSeveral ? fields[0] : fields;
  if (!Array.isArray(rows) || !Array.isArray(columns)) return [];
  return (rows as readonly (readonly (Uint8Array | null)[])[])
    .slice(0, rowLimit)
    .map((row) =>
      row.map((bytes, index) => readCell(bytes, (columns as readonly FieldPacket[])[index] ?? {})),
    );
}

/** What the server says is wrong with a statement, as its client prints it; `undefined` for failures of another kind. */
function clientErrorOf(error: unknown): string | undefined {
  const { errno, sqlState, sqlMessage, fatal } = coerceError(error) as Error & {
    readonly errno?: number;
    readonly sqlState?: string;
    readonly sqlMessage?: string;
    readonly fatal?: boolean;
  };
  if (fatal === true || sqlMessage === undefined) return undefined;
  return `${errno} (${sqlState ?? 'HY000'}): ${sqlMessage}`;
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
