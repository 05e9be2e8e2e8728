import { coerceError, ProctorError } from '../../base/index.ts';

/** What the engine answered, as far as it did answer. */
interface EngineError extends Error {
  readonly statusCode?: number;
  readonly json?: unknown;
  readonly code?: unknown;
}

/** The HTTP status of the engine's answer; undefined when it gave none. */
export function statusOf(error: unknown): number | undefined {
  return (error as EngineError).statusCode;
}

/** The engine's own words, or the system's for a connection that failed. */
export function reasonOf(thrown: unknown): string {
  const error = coerceError(thrown) as EngineError;
  const { json } = error;
  const words =
    typeof json === 'object' && json !== null && 'message' in json ? String(json.message) : error.message;
  return words.trim() || String(error.code ?? error.name);
}

/** Whether the same request may succeed a little later: the engine failed or did not answer, rather than refused. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) return status >= 500;
  if (ProctorError.is(error)) return error.code === 'deadline-exceeded';
  return typeof (error as EngineError).code === 'string' && (error as EngineError).name !== 'AbortError';
}

/** Whether a container's first process has ended. */
export function isNotRunning(error: unknown): boolean {
  return statusOf(error) === 409 || / is not running/.test(reasonOf(error));
}

/** The first process has ended as soon as it was started again: what it needs is one of the files inside. */
export function firstProcessLost(error: unknown): ProctorError {
  const reason = `nothing can be run in it any more: ${reasonOf(error)}`;
  return new ProctorError('sandbox-wrecked', { reason }, { cause: error });
}

/** What whoever uses a sandbox is told: errors of ours stay as they are. */
export function asSandboxFailure(error: unknown): Error {
  if (ProctorError.is(error) && error.code !== 'deadline-exceeded') return error;
  const reason = reasonOf(error);
  return new ProctorError(
    isMissing(reason) ? 'sandbox-wrecked' : 'sandbox-failed',
    { reason },
    { cause: error },
  );
}

/** What whoever started a program is told when its engine says that it could not: there may have been no room for it inside. */
export function startRefusal(reason: string): ProctorError {
  return new ProctorError(isMissing(reason) ? 'sandbox-wrecked' : 'sandbox-start-refused', { reason });
}

/**
 * By the engine's words, which name the program in one of these forms: it cannot be run since what ran inside removed or changed it, or the
 * image never had it. Words about anything else of the engine's own have no such name.
 */
function isMissing(reason: string): boolean {
  return /exec: "|exec user process caused|(?<!fork\/)exec \/\S+: |chdir to cwd|executable file/i.test(
    reason,
  );
}
