import initialize from 'sql.js';
import type { SqlFunction } from './functions/index.ts';
import { webAssembly, type CompiledModule } from './web-assembly.ts';

/** The part of sql.js that is used here, with what its published types leave out. */
export interface SqliteLibrary {
  readonly Database: new () => SqliteDatabase;
}

export interface SqliteDatabase {
  run(sql: string, parameters?: readonly (string | null)[]): unknown;
  iterateStatements(sql: string): Iterable<SqliteStatement>;
  create_function(name: string, body: SqlFunction): unknown;
  close(): void;
}

export interface SqliteStatement {
  step(): boolean;
  get(
    parameters: null,
    settings: { readonly useBigInt: true },
  ): readonly (null | number | bigint | string | Uint8Array)[];
  free(): boolean;
}

/** Starts SQLite from its compiled module, so that no thread compiles it again. */
export async function startSqlite(module: CompiledModule): Promise<SqliteLibrary> {
  const settings = {
    // SQLite's own functions rather than the library's older ones.
    useOldExtensionFunctions: false,
    instantiateWasm(imports: object, done: (instance: object) => void) {
      const instance = new webAssembly.Instance(module, imports);
      done(instance);
      return instance.exports;
    },
  };
  return (await initialize(settings as object)) as unknown as SqliteLibrary;
}
