import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { BindValues, Database, QueryResult, Statement } from 'node-sqlite3-wasm';
import { coerceError, parseJson, ProctorError } from '../../base/index.ts';
import { takeLock, type Lock } from '../../lock/index.ts';
import type { SampleIndex } from '../../protocol/index.ts';
import { readSession, sessionColumns, writeSession } from './session-row.ts';
import type { ControllerStore, StoreContents, StoredSession, StoredTask, StoredWorker } from './store.ts';

/** A store of another form than this has another number. */
const formVersion = 1;

const form = `
  CREATE TABLE task (name TEXT PRIMARY KEY, indices TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE worker (
    task TEXT NOT NULL, id INTEGER NOT NULL, address TEXT NOT NULL, instance TEXT,
    concurrency INTEGER NOT NULL, step_seconds REAL, PRIMARY KEY (task, id)
  ) WITHOUT ROWID;
  CREATE TABLE session (
    id INTEGER PRIMARY KEY, task TEXT NOT NULL, sample TEXT NOT NULL, worker TEXT NOT NULL, is_ours INTEGER NOT NULL,
    owner TEXT, start_id TEXT, start_ms INTEGER NOT NULL, turn INTEGER,
    end_ms INTEGER, end_reason TEXT, end_told INTEGER
  );
  PRAGMA user_version = ${formVersion};
`;

const statements = {
  saveTask: 'INSERT OR REPLACE INTO task VALUES (?, ?)',
  removeTask: 'DELETE FROM task WHERE name = ?',
  saveWorker: 'INSERT OR REPLACE INTO worker VALUES (?, ?, ?, ?, ?, ?)',
  removeWorker: 'DELETE FROM worker WHERE task = ? AND id = ?',
  saveSession: `INSERT OR REPLACE INTO session VALUES (${sessionColumns.map(() => '?').join(', ')})`,
  removeSession: 'DELETE FROM session WHERE id = ?',
} as const;
type StatementName = keyof typeof statements;

/**
 * Opens the store in a file, which is made when it is not there, for this process alone. What was written by a process that was killed
 * is there. Throws `store-locked` while another process has it, `store-unusable` when it cannot be opened or is damaged.
 */
export async function openSqliteStore(file: string, nowMs: number): Promise<ControllerStore> {
  const lock = await lockStore(file, nowMs);
  try {
    // The library's own lock is a folder that outlives a killed process. Whoever holds ours may clear it away.
    await rm(`${file}.lock`, { recursive: true, force: true });
    const { default: sqlite } = await import('node-sqlite3-wasm');
    const database = new sqlite.Database(file);
    try {
      prepareDatabase(database);
      const store = new SqliteStore(database, lock);
      // A damaged one is told now, not in the middle of the work.
      store.load();
      return store;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    await lock.release();
    throw unusable(file, error);
  }
}

async function lockStore(file: string, nowMs: number): Promise<Lock> {
  const lockFile = `${file}.owner`;
  try {
    await mkdir(dirname(file), { recursive: true });
    return await takeLock(lockFile, {
      nowMs,
      refusal: (holder) => new ProctorError('store-locked', { file, lockFile, holder }, { where: file }),
    });
  } catch (error) {
    throw ProctorError.is(error) && error.code === 'store-locked' ? error : unusable(file, error);
  }
}

function unusable(file: string, error: unknown): ProctorError {
  const reason = coerceError(error).message;
  return new ProctorError('store-unusable', { file, reason }, { where: file, cause: error });
}

function prepareDatabase(database: Database): void {
  // The first two in this order: without shared memory, WAL works only for one process.
  database.get('PRAGMA locking_mode = EXCLUSIVE');
  database.get('PRAGMA journal_mode = WAL');
  database.run('PRAGMA synchronous = NORMAL');
  const { quick_check: problem } = database.get('PRAGMA quick_check(1)') as { quick_check: string };
  if (problem !== 'ok') throw new Error(problem);
  const { user_version: version } = database.get('PRAGMA user_version') as { user_version: number };
  if (version === formVersion) return;
  const isNew = version === 0 && database.get('SELECT 1 FROM sqlite_master') === null;
  if (!isNew) throw new Error(`it is not a store of this version (${version}, not ${formVersion})`);
  database.exec(`BEGIN; ${form} COMMIT;`);
}

class SqliteStore implements ControllerStore {
  readonly #database: Database;
  readonly #lock: Lock;
  readonly #prepared = new Map<StatementName, Statement>();

  constructor(database: Database, lock: Lock) {
    this.#database = database;
    this.#lock = lock;
  }

  load(): StoreContents {
    const all = (query: string) => this.#database.all(query);
    return {
      tasks: all('SELECT * FROM task').map(readTask),
      workers: all('SELECT * FROM worker ORDER BY id').map(readWorker),
      sessions: all('SELECT * FROM session ORDER BY id').map(readSession),
    };
  }

  saveTask({ name, indices }: StoredTask): void {
    this.#run('saveTask', [name, JSON.stringify(indices)]);
  }

  removeTask(name: string): void {
    this.#run('removeTask', [name]);
  }

  saveWorker({ task, id, address, instance, concurrency, stepSeconds }: StoredWorker): void {
    this.#run('saveWorker', [task, id, address, instance ?? null, concurrency, stepSeconds ?? null]);
  }

  removeWorker({ task, id }: Pick<StoredWorker, 'task' | 'id'>): void {
    this.#run('removeWorker', [task, id]);
  }

  saveSession(session: StoredSession): void {
    this.#run('saveSession', writeSession(session));
  }

  removeSessions(ids: readonly number[]): void {
    this.#database.exec('BEGIN');
    try {
      for (const id of ids) this.#run('removeSession', [id]);
      this.#database.exec('COMMIT');
    } catch (error) {
      // A full disk ends the transaction by itself.
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const statement of this.#prepared.values()) statement.finalize();
    this.#prepared.clear();
    if (this.#database.isOpen) this.#database.close();
    await this.#lock.release();
  }

  #run(name: StatementName, values: BindValues): void {
    const known = this.#prepared.get(name);
    const statement = known ?? this.#database.prepare(statements[name]);
    this.#prepared.set(name, statement);
    try {
      statement.run(values);
    } catch (error) {
      // It would fail once more, for the same reason, before it can be used again.
      this.#prepared.delete(name);
      statement.finalize();
      throw error;
    }
  }
}

function readTask({ name, indices }: QueryResult): StoredTask {
  return { name: name as string, indices: parseJson(indices as unknown as string) as readonly SampleIndex[] };
}

function readWorker(row: QueryResult): StoredWorker {
  return {
    task: row['task'] as string,
    id: row['id'] as number,
    address: row['address'] as string,
    instance: (row['instance'] as string | null) ?? undefined,
    concurrency: row['concurrency'] as number,
    stepSeconds: (row['step_seconds'] as number | null) ?? undefined,
  };
}
