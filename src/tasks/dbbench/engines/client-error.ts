/** The errors of MySQL's client that an engine words itself: number, SQL state and text. */
const clientErrors = {
  syntax: [1064, '42000'],
  unknownColumn: [1054, '42S22'],
  unknownTable: [1146, '42S02'],
  unknownDatabase: [1049, '42000'],
  unknownFunction: [1305, '42000'],
  ambiguousColumn: [1052, '23000'],
  tableExists: [1050, '42S01'],
  dropUnknownTable: [1051, '42S02'],
  columnCount: [1136, '21S01'],
  argumentCount: [1582, '42000'],
  duplicateEntry: [1062, '23000'],
  notNull: [1048, '23000'],
  notSupported: [1235, '42000'],
  groupFunction: [1111, 'HY000'],
  emptyQuery: [1065, '42000'],
  denied: [1227, '42000'],
  interrupted: [3024, 'HY000'],
  lost: [2013, 'HY000'],
  unknown: [1105, 'HY000'],
} as const satisfies Record<string, readonly [number, string]>;

export type ClientErrorKind = keyof typeof clientErrors;

/** An error as MySQL's client prints it: `1054 (42S22): Unknown column 'x' in 'field list'`. */
export function clientErrorText(kind: ClientErrorKind, message: string): string {
  const [code, state] = clientErrors[kind];
  return `${code} (${state}): ${message}`;
}

/** What a statement that ran over its limit is answered, by every engine. */
export const interruptedText = clientErrorText(
  'interrupted',
  'Query execution was interrupted, maximum statement execution time exceeded',
);

/** What a statement is answered that took the server, or what stands for it, down with it. */
export const lostText = clientErrorText('lost', 'Lost connection to MySQL server during query');
