import { raceAbort, type Clock } from '../../../../base/index.ts';
import type { Database, DatabaseEngine, TableData } from '../engine.ts';
import { EmbeddedDatabase } from './embedded-database.ts';
import { ThreadPool } from './thread-pool.ts';

export interface EmbeddedSettings {
  /** How long one statement may run. */
  readonly statementLimitMs: number;
  readonly clock: Clock;
}

/** Databases in this very process, each in a thread and in memory; no statement reaches a file or stops the process. */
export class EmbeddedEngine implements DatabaseEngine {
  readonly #pool = new ThreadPool();
  readonly #settings: EmbeddedSettings;
  readonly #open = new Set<Database>();

  constructor(settings: EmbeddedSettings) {
    this.#settings = settings;
  }

  async openDatabase(tables: readonly TableData[], signal: AbortSignal): Promise<Database> {
    signal.throwIfAborted();
    const database = new EmbeddedDatabase({ pool: this.#pool, ...this.#settings }, tables);
    try {
      await raceAbort(database.prepare(), signal);
    } catch (error) {
      await database.close();
      throw error;
    }
    this.#open.add(database);
    return {
      execute: (sql) => database.execute(sql),
      close: async () => {
        this.#open.delete(database);
        await database.close();
      },
    };
  }

  async release(): Promise<void> {
    await Promise.all([...this.#open].map((database) => database.close()));
    await this.#pool.close();
  }
}
