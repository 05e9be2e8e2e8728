export { raceAbort, withDeadline, type Deadline } from './abort.ts';
export { every, sleep, systemClock, type Clock, type Timer } from './clock.ts';
export { coerceError } from './coerce-error.ts';
export { errorTable, type ErrorCode, type ErrorRow } from './error-table.ts';
export { ProctorError, type ErrorContext, type ErrorParameters } from './errors.ts';
export { isJsonObject, parseJson, stringifyPythonJson, type Json, type JsonObject } from './json.ts';
export { silentLogger, type Logger, type LogFields } from './log.ts';
export { quoteWhereNeeded, quoteWord } from './quote-word.ts';
export { readIssueTime, SessionIds } from './session-id.ts';
