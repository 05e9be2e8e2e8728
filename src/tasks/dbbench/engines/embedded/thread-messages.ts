import type { StatementResult, TableData } from '../engine.ts';
import type { CompiledModule } from './web-assembly.ts';

/** What a thread is asked, one request at a time. `replay` has statements as SQLite takes them. */
export type ThreadRequest =
  | { readonly type: 'open'; readonly name: string; readonly tables: readonly TableData[] }
  | { readonly type: 'replay'; readonly statements: readonly string[] }
  | { readonly type: 'run'; readonly text: string }
  | { readonly type: 'close' };

export type ThreadReply = {
  readonly result: StatementResult;
  /** The statements that may have changed the database, as SQLite took them, the failed ones included. */
  readonly changes: readonly string[];
};

/** What a thread is started with. */
export type ThreadData = { readonly library: CompiledModule };
