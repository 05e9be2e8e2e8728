import { withDeadline, ProctorError, type Clock } from '../../../../base/index.ts';
import { interruptedText, lostText } from '../client-error.ts';
import type { Database, StatementResult, TableData } from '../engine.ts';
import type { DatabaseThread } from './thread.ts';
import type { ThreadReply, ThreadRequest } from './thread-messages.ts';
import type { ThreadPool } from './thread-pool.ts';

/** What an embedded database stands on. */
export interface EmbeddedResources {
  readonly pool: ThreadPool;
  readonly clock: Clock;
  readonly statementLimitMs: number;
}

/**
 * One sample's database in a thread of its own. When a statement runs over its limit, or out of memory, the thread is ended, and the
 * next statement finds the database as it was before: it is built again from its tables and the changes that were made so far.
 */
export class EmbeddedDatabase implements Database {
  readonly #resources: EmbeddedResources;
  readonly #tables: readonly TableData[];
  readonly #changes: string[] = [];
  #thread: DatabaseThread | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(resources: EmbeddedResources, tables: readonly TableData[]) {
    this.#resources = resources;
    this.#tables = tables;
  }

  /** Makes the database before it is first asked; `execute` would do it too. */
  async prepare(): Promise<void> {
    this.#thread ??= await this.#build();
  }

  execute(sql: string): Promise<StatementResult> {
    const result = this.#last.then(() => this.#executeNow(sql));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const thread = this.#thread;
    this.#thread = undefined;
    if (thread) await this.#resources.pool.giveBack(thread);
  }

  async #executeNow(text: string): Promise<StatementResult> {
    await this.prepare();
    const reply = await this.#ask({ type: 'run', text });
    this.#changes.push(...reply.changes);
    return reply.result;
  }

  async #build(): Promise<DatabaseThread> {
    const thread = await this.#resources.pool.take();
    this.#thread = thread;
    // The database has the name of its first table, as the agent may use it.
    await thread.ask({ type: 'open', name: this.#tables[0]?.name ?? 'database', tables: this.#tables });
    await thread.ask({ type: 'replay', statements: this.#changes });
    if (this.#closed) await this.close();
    return thread;
  }

  /** The statement is read within the thread too, so that even its text cannot hold this process up. */
  async #ask(request: ThreadRequest): Promise<ThreadReply> {
    const { clock, statementLimitMs: limitMs, pool } = this.#resources;
    const thread = this.#thread;
    if (!thread || this.#closed) throw new Error("the sample's database was closed");
    try {
      return await withDeadline({ clock, limitMs, operation: 'A statement' }, () => thread.ask(request));
    } catch (error) {
      if (this.#closed) throw error;
      this.#thread = undefined;
      await pool.end(thread);
      const isOver = ProctorError.is(error) && error.code === 'deadline-exceeded';
      return { result: { error: isOver ? interruptedText : lostText }, changes: [] };
    }
  }
}
