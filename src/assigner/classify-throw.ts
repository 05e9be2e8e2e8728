import { coerceError, ProctorError } from '../base/index.ts';
import { shorten, type Blame } from './classify-reply.ts';

export interface AgentBlame extends Blame {
  /** Asking again cannot help: the agent is to be stopped. */
  readonly stopsAgent?: boolean;
}

/** Statuses by which an API says that this key, model or account will not be served. */
const finalStatuses = new Set([401, 402, 403, 404]);

const networkCodes =
  /^(ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|E(HOST|NET)UNREACH|UND_ERR_\w+|ABORT_ERR)$/;
const networkNames = /^(AbortError|TimeoutError|ConnectTimeoutError|SocketError)$/;

/**
 * Whose doing it is that an agent threw: the model could not be asked, or the agent's own. An agent of a user's own may throw anything: the
 * errors of the network and of HTTP clients are told by their names, codes and statuses.
 */
export function classifyThrow(thrown: unknown): AgentBlame {
  const sentence = shorten(coerceError(thrown).message);
  if (ProctorError.is(thrown)) {
    const { code } = thrown;
    if (code === 'model-api-refused') return { cause: 'model-api', code, sentence, stopsAgent: true };
    const isModel = code.startsWith('model-api-') || code === 'model-reply-invalid';
    return { cause: isModel ? 'model-api' : 'agent', code, sentence };
  }
  const status = readStatus(thrown);
  if (status !== undefined && finalStatuses.has(status))
    return { cause: 'model-api', code: 'model-api-refused', sentence, stopsAgent: true };
  if (status !== undefined) return { cause: 'model-api', code: 'model-api-failed', sentence };
  if (isNetworkError(thrown)) return { cause: 'model-api', code: 'model-api-unreachable', sentence };
  return { cause: 'agent', code: 'agent-failed', sentence };
}

/** The HTTP status that clients of model APIs put on their errors. */
function readStatus(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const { status, statusCode } = thrown as { readonly status?: unknown; readonly statusCode?: unknown };
  const found = typeof status === 'number' ? status : statusCode;
  return typeof found === 'number' && Number.isInteger(found) && found >= 400 && found < 600
    ? found
    : undefined;
}

/** Also one that stands behind another as its cause, or is one of several addresses' errors. */
function isNetworkError(thrown: unknown, depth = 0): boolean {
  if (typeof thrown !== 'object' || thrown === null || depth > 4) return false;
  const { name, message, code, cause, errors } = thrown as Readonly<Record<string, unknown>>;
  if (typeof code === 'string' && networkCodes.test(code)) return true;
  if (typeof name === 'string' && networkNames.test(name)) return true;
  if (name === 'TypeError' && message === 'fetch failed') return true;
  const behind = Array.isArray(errors) ? [cause, ...(errors as unknown[])] : [cause];
  return behind.some((error) => isNetworkError(error, depth + 1));
}
