import type { TokenReader } from './token-reader.ts';

/** What the parts of the translator share; expressions hold queries and queries expressions, so each reaches the other here. */
export interface Scope {
  readonly reader: TokenReader;
  /** The name by which the agent may address the sample's database. */
  readonly databaseName: string;
  /** Translates one expression, up to operators that bind more loosely than the level given. */
  expression(level?: number): string;
  /** Translates a query: SELECT or WITH, with all its parts. What it gives may be there to be stored in a table. */
  query(isStored?: boolean): string;
}

/** A number goes into a column of texts with the digits that MySQL writes: 6, where SQLite's float would become 6.0. */
export function storeValue(translated: string): string {
  return `my_stored(${translated})`;
}

/** Translates `a, b, c`. */
export function translateList<Item>(scope: Scope, translateItem: () => Item): Item[] {
  const items = [translateItem()];
  while (scope.reader.takeMark(',')) items.push(translateItem());
  return items;
}
