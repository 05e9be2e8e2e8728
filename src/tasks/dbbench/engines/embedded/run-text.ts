import { clientErrorText } from '../client-error.ts';
import { rowLimit, type Cell, type StatementResult } from '../engine.ts';
import type { SqliteDatabase, SqliteStatement } from './sqlite-library.ts';
import { wordSqliteFault } from './sqlite-faults.ts';
import type { ThreadReply } from './thread-messages.ts';
import { splitStatements, SqlError, translateStatement } from './translate/index.ts';
import { webAssembly } from './web-assembly.ts';

export interface OpenDatabase {
  /** The name by which statements may address it. */
  readonly name: string;
  readonly sqlite: SqliteDatabase;
}

/**
 * Translates and runs what an agent wrote; of several statements the first one's rows are given, and a fault ends them.
 * Throws when SQLite has broken down.
 */
export function runText({ name, sqlite }: OpenDatabase, text: string): ThreadReply {
  const changes: string[] = [];
  let result: StatementResult | undefined;
  try {
    for (const statement of splitStatements(text)) {
      const { sql, changes: isChange } = translateStatement(statement, name);
      if (isChange) changes.push(sql);
      const rows = sql === '' ? [] : runStatement(sqlite, sql);
      result ??= { rows };
    }
    return { result: result ?? { error: clientErrorText('emptyQuery', 'Query was empty') }, changes };
  } catch (error) {
    // SQLite itself is broken then, and with it this thread.
    if (error instanceof webAssembly.RuntimeError) throw error;
    return { result: { error: wordFault(error, name) }, changes };
  }
}

/** Runs statements again that a database before this one has run, with the same faults as then. */
export function replayStatements(sqlite: SqliteDatabase, statements: readonly string[]): void {
  for (const sql of statements) {
    try {
      runStatement(sqlite, sql);
    } catch (error) {
      // What it says is known: the statement has failed before, and its agent was told.
      if (error instanceof webAssembly.RuntimeError) throw error;
    }
  }
}

/** Of several statements, as DROP of two tables becomes, the first one's rows are given. */
function runStatement(sqlite: SqliteDatabase, sql: string): readonly (readonly Cell[])[] {
  let rows: readonly (readonly Cell[])[] | undefined;
  for (const statement of sqlite.iterateStatements(sql)) {
    const given = takeRows(statement);
    rows ??= given;
  }
  return rows ?? [];
}

function takeRows(statement: SqliteStatement): (readonly Cell[])[] {
  const rows: (readonly Cell[])[] = [];
  while (rows.length < rowLimit && statement.step())
    rows.push(statement.get(null, { useBigInt: true }).map(toCell));
  return rows;
}

function toCell(value: null | number | bigint | string | Uint8Array): Cell {
  if (typeof value === 'number') return { type: 'float', value };
  return value instanceof Uint8Array ? { type: 'bytes', bytes: value } : value;
}

function wordFault(error: unknown, name: string): string {
  if (error instanceof SqlError) return error.message;
  // The translator calls itself for each parenthesis, and the stack has an end.
  if (error instanceof RangeError) return clientErrorText('unknown', 'The statement is nested too deeply');
  return wordSqliteFault(error instanceof Error ? error.message : String(error), name);
}
