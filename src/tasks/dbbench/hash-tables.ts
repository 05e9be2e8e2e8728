import type { Cell, Database, TableData } from './engines/engine.ts';
import { showResult } from './engines/show-result.ts';

/** What the tables have come to, as the client prints it: the md5 over the sorted row hashes of each, or the error. */
export async function hashTables(database: Database, tables: readonly TableData[]): Promise<string> {
  const rows: (readonly Cell[])[] = [];
  for (const table of tables) {
    const result = await database.execute(hashQuery(table));
    if ('error' in result) return showResult(result);
    rows.push(...result.rows);
  }
  return showResult({ rows });
}

function hashQuery({ name, columns }: TableData): string {
  const rowHash = `SUBSTRING(MD5(CONCAT_WS(',', ${columns.map(quote).join(', ')})), 1, 5)`;
  return (
    'SELECT MD5(GROUP_CONCAT(row_hash ORDER BY row_hash)) ' +
    `FROM (SELECT ${rowHash} AS row_hash FROM ${quote(name)}) AS row_hashes`
  );
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
