import { functionTable, takeDateUnit } from './function-table.ts';
import type { Scope } from './scope.ts';
import { translateList } from './scope.ts';
import { translateSpecialCall } from './special-calls.ts';
import { SqlError } from './sql-error.ts';
import { translateWindow } from './window.ts';

/** Translates a call of one of MySQL's functions; a name that is none of them is an error, whatever SQLite may know. */
export function translateCall(scope: Scope): string {
  const { reader } = scope;
  const name = reader.next().value.toUpperCase();
  if (!reader.takeMark('(')) return emitCall(scope, name, []);
  const special = translateSpecialCall(scope, name);
  if (special !== undefined) return special;
  const distinct = reader.takeWord('DISTINCT');
  const args = reader.isMark(')') ? [] : translateList(scope, () => translateArgument(scope));
  reader.expectMark(')');
  const call = distinct ? emitDistinct(scope, name, args) : emitCall(scope, name, args);
  return translateWindow(scope, call);
}

function translateArgument(scope: Scope): string {
  const { reader } = scope;
  if (reader.takeMark('*')) return '*';
  if (!reader.takeWord('INTERVAL')) return scope.expression();
  const amount = scope.expression();
  return `(${amount}), '${takeDateUnit(reader)}'`;
}

function emitCall(scope: Scope, name: string, args: readonly string[]): string {
  const row = functionTable[name];
  if (!row) throw new SqlError('unknownFunction', `FUNCTION ${scope.databaseName}.${name} does not exist`);
  if (args.length < row.least || args.length > row.most)
    throw new SqlError('argumentCount', `Incorrect parameter count in the call to native function '${name}'`);
  if (args.includes('*') && name !== 'COUNT') throw scope.reader.syntaxError();
  return row.emit(args, scope.databaseName);
}

const distinctAggregates = ['COUNT', 'SUM', 'AVG', 'MIN', 'MAX'];

function emitDistinct(scope: Scope, name: string, args: readonly string[]): string {
  const row = functionTable[name];
  if (!row || !distinctAggregates.includes(name) || args.length === 0) throw scope.reader.syntaxError();
  // A row with a NULL is not counted; char(31) keeps the columns apart.
  const argument = args.length === 1 ? args[0] : `(${args.join(' || char(31) || ')})`;
  return `${name}(DISTINCT ${argument})`;
}
