import { randomBytes } from 'node:crypto';
import type { Connection, RowDataPacket } from 'mysql2/promise';

/** A mark for a new owner; it stays the same when the owner connects again. */
export function createOwnerMark(): string {
  return randomBytes(6).toString('hex');
}

const ownerPattern = /^proctor_([0-9a-f]{12})_/;
const lockWaitSeconds = 10;
const longestIdleSeconds = 31_536_000;

/**
 * Marks this process's schemas as in use: their names carry its owner's mark, and a lock of that name is held on the server for as
 * long as the process lives. Whose lock is free has died.
 */
export class SchemaOwner {
  readonly #connection: Connection;
  readonly #mark: string;

  constructor(connection: Connection, mark: string) {
    this.#connection = connection;
    this.#mark = mark;
  }

  /** A name for one more schema. */
  nameSchema(): string {
    return `proctor_${this.#mark}_${randomBytes(4).toString('hex')}`;
  }

  /** Takes the lock, and drops the schemas of owners that have died. */
  async takePlace(): Promise<void> {
    await this.#connection.query(`SET SESSION wait_timeout = ${longestIdleSeconds}`);
    // After a lost connection, the server may take a moment to free the lock that went with it.
    const [taken] = await this.#connection.query<RowDataPacket[]>('SELECT GET_LOCK(?, ?) AS taken', [
      lockName(this.#mark),
      lockWaitSeconds,
    ]);
    if (Number(taken[0]?.['taken']) !== 1)
      throw new Error(`the lock ${lockName(this.#mark)} is not to be had`);
    const [schemas] = await this.#connection.query<(RowDataPacket & { readonly name: string })[]>(
      "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name LIKE 'proctor\\_%'",
    );
    for (const { name } of schemas) {
      const mark = ownerPattern.exec(name)?.[1];
      if (mark !== undefined && (await this.#isGone(mark)))
        await this.#connection.query(`DROP DATABASE IF EXISTS \`${name}\``);
    }
  }

  async #isGone(mark: string): Promise<boolean> {
    const [rows] = await this.#connection.query<RowDataPacket[]>('SELECT IS_FREE_LOCK(?) AS free', [
      lockName(mark),
    ]);
    return Number(rows[0]?.['free']) === 1;
  }

  /** Ends the statement that another connection is at, or that connection. This one is always free for it. */
  async kill(what: 'QUERY' | 'CONNECTION', threadId: number): Promise<void> {
    await this.#connection.query(`KILL ${what} ${threadId}`);
  }

  /** Gives the lock back, by closing the connection that holds it. */
  async leave(): Promise<void> {
    await this.#connection.end();
  }
}

function lockName(mark: string): string {
  return `proctor_${mark}`;
}
