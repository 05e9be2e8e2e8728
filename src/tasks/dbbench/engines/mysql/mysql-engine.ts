import { createConnection, createPool, type Connection, type Pool } from 'mysql2/promise';
import { coerceError, ProctorError, raceAbort, type Clock } from '../../../../base/index.ts';
import type { Database, DatabaseEngine, TableData } from '../engine.ts';
import { MysqlDatabase } from './mysql-database.ts';
import { createOwnerMark, SchemaOwner } from './schema-owner.ts';

export interface MysqlSettings {
  /** `mysql://user:password@host:port` */
  readonly url: string;
  /** How long one statement may run. */
  readonly statementLimitMs: number;
  readonly clock: Clock;
}

const mostConnections = 16;
const connectLimitMs = 10_000;

/** Databases on a MySQL or MariaDB server: one schema a sample, dropped with it, or at the next start after a crash. */
export class MysqlEngine implements DatabaseEngine {
  readonly #settings: MysqlSettings;
  readonly #pool: Pool;
  readonly #mark = createOwnerMark();
  readonly #open = new Set<Database>();
  #owner: Promise<SchemaOwner> | undefined;
  #isReleased = false;

  private constructor(settings: MysqlSettings) {
    this.#settings = settings;
    this.#pool = createPool({
      ...connectionOptions(settings.url),
      connectionLimit: mostConnections,
      multipleStatements: true,
    });
  }

  /** Connects, and drops what processes that have died left behind. Throws `database-unreachable`. */
  static async open(settings: MysqlSettings): Promise<MysqlEngine> {
    if (!URL.canParse(settings.url)) throw unreachable(settings.url, 'the address is no URL');
    const engine = new MysqlEngine(settings);
    try {
      await engine.#takePlace();
      return engine;
    } catch (error) {
      await engine.#pool.end();
      throw error;
    }
  }

  async openDatabase(tables: readonly TableData[], signal: AbortSignal): Promise<Database> {
    signal.throwIfAborted();
    this.#requireUnreleased();
    const owner = await this.#takePlace();
    this.#requireUnreleased();
    const database = new MysqlDatabase(
      {
        ...this.#settings,
        pool: this.#pool,
        kill: async (what, threadId) => (await this.#takePlace()).kill(what, threadId),
      },
      owner.nameSchema(),
    );
    this.#open.add(database);
    const close = async () => {
      await database.close();
      this.#open.delete(database);
    };
    try {
      await raceAbort(database.create(tables), signal);
    } catch (error) {
      await close();
      throw error;
    }
    return { execute: (sql) => database.execute(sql), close };
  }

  /** Rejects when a schema could not be dropped; the connections are closed even so. */
  async release(): Promise<void> {
    this.#isReleased = true;
    try {
      const closings = await Promise.allSettled([...this.#open].map((database) => database.close()));
      for (const closing of closings) if (closing.status === 'rejected') throw coerceError(closing.reason);
    } finally {
      this.#open.clear();
      await this.#disconnect();
    }
  }

  async #disconnect(): Promise<void> {
    // An owner that could not connect has nothing to give back.
    const owner = await this.#owner?.catch(() => undefined);
    this.#owner = undefined;
    await owner?.leave();
    await this.#pool.end();
  }

  #requireUnreleased(): void {
    if (this.#isReleased) throw new Error('the database engine was released');
  }

  /** Connects as the owner of schemas, again when the connection that holds the lock was lost. */
  #takePlace(): Promise<SchemaOwner> {
    if (this.#owner) return this.#owner;
    const taking = this.#connectOwner();
    this.#owner = taking;
    taking.catch(() => this.#forget(taking));
    return taking;
  }

  async #connectOwner(): Promise<SchemaOwner> {
    let connection: Connection | undefined;
    try {
      connection = await createConnection(connectionOptions(this.#settings.url));
      const owner = new SchemaOwner(connection, this.#mark);
      const held = this.#owner;
      connection.on('error', () => this.#forget(held));
      await owner.takePlace();
      return owner;
    } catch (error) {
      connection?.destroy();
      throw unreachable(this.#settings.url, error);
    }
  }

  #forget(owner: Promise<SchemaOwner> | undefined): void {
    if (this.#owner === owner) this.#owner = undefined;
  }
}

/** No statement may have this process send a file of its own. */
const withoutLocalFiles = ['-LOCAL_FILES'];

function connectionOptions(url: string): {
  readonly uri: string;
  readonly connectTimeout: number;
  readonly charset: string;
  readonly flags: string[];
} {
  return { uri: url, connectTimeout: connectLimitMs, charset: 'utf8mb4', flags: withoutLocalFiles };
}

/** Names the server without the user and the password. */
function unreachable(url: string, cause: unknown): ProctorError {
  const address = URL.canParse(url) ? new URL(url).host : '"database.url"';
  return new ProctorError(
    'database-unreachable',
    { address, reason: reasonOf(coerceError(cause)) },
    { cause },
  );
}

/** A refused connection has no message of its own when several addresses were tried. */
function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return error.message || String(code ?? error.name);
}
