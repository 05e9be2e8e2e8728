import { clientErrorText } from '../client-error.ts';

type Wording = readonly [pattern: RegExp, word: (found: readonly string[], databaseName: string) => string];

const wordings: readonly Wording[] = [
  [
    /^no such column: (.+)$/,
    ([, column]) => clientErrorText('unknownColumn', `Unknown column '${column}' in 'field list'`),
  ],
  [
    /^table (.+) has no column named (.+)$/,
    ([, , column]) => clientErrorText('unknownColumn', `Unknown column '${column}' in 'field list'`),
  ],
  [
    /^no such (?:table|view): (?:main\.)?(.+)$/,
    ([, table], databaseName) =>
      clientErrorText('unknownTable', `Table '${databaseName}.${table}' doesn't exist`),
  ],
  [
    /^ambiguous column name: (.+)$/,
    ([, column]) => clientErrorText('ambiguousColumn', `Column '${column}' in field list is ambiguous`),
  ],
  [
    /^(?:table|view) [`"]?(.+?)[`"]? already exists$/,
    ([, table]) => clientErrorText('tableExists', `Table '${table}' already exists`),
  ],
  [
    /^there is already .*: (.+)$/,
    ([, table]) => clientErrorText('tableExists', `Table '${table}' already exists`),
  ],
  [
    /values for \d+ columns|has \d+ columns but \d+ values|all VALUES must have the same number/,
    () => clientErrorText('columnCount', "Column count doesn't match value count at row 1"),
  ],
  [
    /^UNIQUE constraint failed: (.+)$/,
    ([, column]) => clientErrorText('duplicateEntry', `Duplicate entry for key '${column}'`),
  ],
  [
    /^NOT NULL constraint failed: (?:.+\.)?(.+)$/,
    ([, column]) => clientErrorText('notNull', `Column '${column}' cannot be null`),
  ],
  [
    /^misuse of (?:aggregate|window function)/,
    () => clientErrorText('groupFunction', 'Invalid use of group function'),
  ],
  [
    /^near "(.*)": syntax error$/s,
    ([, near]) =>
      clientErrorText(
        'syntax',
        'You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version ' +
          `for the right syntax to use near '${near}' at line 1`,
      ),
  ],
];

/** Words a fault of SQLite's as MySQL's client would. */
export function wordSqliteFault(fault: string, databaseName: string): string {
  for (const [pattern, word] of wordings) {
    const found = pattern.exec(fault);
    if (found) return word(found, databaseName);
  }
  return clientErrorText('unknown', fault);
}
