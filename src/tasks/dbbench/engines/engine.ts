/** A table as a sample describes it; all its columns are of type TEXT. */
export type TableData = {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
};

/**
 * One value of a row. What JavaScript tells apart badly is named: `float` beside whole numbers, and the types whose text the
 * client wraps (`Decimal('1.50')`, `datetime.date(2020, 1, 31)`).
 */
export type Cell =
  | null
  | string
  | number
  | bigint
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'decimal' | 'date' | 'datetime' | 'time'; readonly text: string }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array };

/** What a statement came to: its rows, none for a change, or the error in the words of MySQL's client. */
export type StatementResult = { readonly rows: readonly (readonly Cell[])[] } | { readonly error: string };

/** A reply is cut long before this many rows; a statement that has more gives its first ones. */
export const rowLimit = 400;

/** The database of one sample, thrown away with it. Statements run one after another. */
export interface Database {
  /**
   * Runs what the agent wrote: one statement, or several of which the first one's rows are given. A fault of the statement,
   * and running over the time limit, is a result with `error`; changes so far stay. Rejects only when the engine itself fails.
   */
  execute(sql: string): Promise<StatementResult>;
  /** Drops the database; safe to call twice. */
  close(): Promise<void>;
}

/** Where samples' databases come from. */
export interface DatabaseEngine {
  /** Makes a database of its own that holds these tables; rejects with the signal's reason when that is aborted first. */
  openDatabase(tables: readonly TableData[], signal: AbortSignal): Promise<Database>;
  /** Closes what is still open and ends what the engine started. */
  release(): Promise<void>;
}
