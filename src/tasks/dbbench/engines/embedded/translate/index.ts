export { SqlError } from './sql-error.ts';
export { quoteName } from './token-reader.ts';
export { splitStatements, translateStatement, type TranslatedStatement } from './translate.ts';
