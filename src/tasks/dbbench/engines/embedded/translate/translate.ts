import { translateDelete, translateInsert, translateUpdate } from './change.ts';
import { translateAlter, translateCreate, translateDrop } from './definition.ts';
import { translateExpression } from './expression.ts';
import { checkDatabaseName, translateTableName } from './names.ts';
import { translateQuery } from './query.ts';
import type { Scope } from './scope.ts';
import { translateDescribe, translateShow } from './show.ts';
import { SqlError } from './sql-error.ts';
import { TokenReader } from './token-reader.ts';
import { tokenize } from './tokens.ts';

/** One statement in SQLite's words; `changes` when it may leave the database other than it was. */
export type TranslatedStatement = { readonly sql: string; readonly changes: boolean };

/** Cuts a text at its semicolons; empty statements are left out. Throws a `SqlError` at what are no tokens of MySQL's. */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let start = 0;
  for (const token of tokenize(text)) {
    if (token.type !== 'end' && !(token.type === 'mark' && token.value === ';')) continue;
    const statement = text.slice(start, token.start).trim();
    if (statement !== '' && tokenize(statement).length > 1) statements.push(statement);
    start = token.end;
  }
  return statements;
}

/** Translates one MySQL statement; throws a `SqlError` for what is wrong or not allowed. */
export function translateStatement(text: string, databaseName: string): TranslatedStatement {
  const scope = createScope(text, databaseName);
  const { reader } = scope;
  const first = reader.peek();
  const translate = statements[first.type === 'word' ? first.value.toUpperCase() : first.value];
  if (!translate) throw reader.syntaxError();
  const translated = translate(scope);
  if (!reader.atEnd) throw reader.syntaxError();
  return translated;
}

function createScope(text: string, databaseName: string): Scope {
  const scope: Scope = {
    reader: new TokenReader(text),
    databaseName,
    expression: (level) => translateExpression(scope, level),
    query: (isStored) => translateQuery(scope, isStored),
  };
  return scope;
}

type StatementTranslator = (scope: Scope) => TranslatedStatement;

const reading =
  (translate: (scope: Scope) => string): StatementTranslator =>
  (scope) => ({ sql: translate(scope), changes: false });

/** The first word is stepped over. */
const after = (translate: (scope: Scope) => string) => (scope: Scope) => {
  scope.reader.next();
  return translate(scope);
};

const changing =
  (translate: (scope: Scope) => string): StatementTranslator =>
  (scope) => ({ sql: after(translate)(scope), changes: true });

/** Transactions and session settings: accepted, and without effect, since each statement stands at once. */
const accepted = reading((scope) => {
  while (!scope.reader.atEnd) scope.reader.next();
  return '';
});

const denied: StatementTranslator = () => {
  throw new SqlError(
    'denied',
    'Access denied; you need (at least one of) the SUPER privilege(s) for this operation',
  );
};

const statements: Readonly<Record<string, StatementTranslator>> = {
  SELECT: reading(translateQuery),
  WITH: reading(translateQuery),
  '(': reading(translateQuery),
  SHOW: reading(after(translateShow)),
  DESCRIBE: reading(after(translateDescribeOrExplain)),
  DESC: reading(after(translateDescribeOrExplain)),
  EXPLAIN: reading(after(translateDescribeOrExplain)),
  USE: reading(
    after((scope) => {
      checkDatabaseName(scope.reader.expectName(), scope.databaseName);
      return '';
    }),
  ),
  INSERT: changing((scope) => translateInsert(scope, 'INSERT')),
  REPLACE: changing((scope) => translateInsert(scope, 'REPLACE')),
  UPDATE: changing(translateUpdate),
  DELETE: changing(translateDelete),
  TRUNCATE: changing((scope) => {
    scope.reader.takeWord('TABLE');
    return `DELETE FROM ${translateTableName(scope)}`;
  }),
  CREATE: changing(translateCreate),
  ALTER: changing(translateAlter),
  DROP: changing(translateDrop),
  START: accepted,
  BEGIN: accepted,
  COMMIT: accepted,
  ROLLBACK: accepted,
  SAVEPOINT: accepted,
  SET: accepted,
  LOCK: accepted,
  UNLOCK: accepted,
  LOAD: denied,
  GRANT: denied,
  REVOKE: denied,
  KILL: denied,
  FLUSH: denied,
};

function translateDescribeOrExplain(scope: Scope): string {
  if (!scope.reader.isWord('SELECT') && !scope.reader.isWord('WITH')) return translateDescribe(scope);
  return `EXPLAIN QUERY PLAN ${scope.query()}`;
}
