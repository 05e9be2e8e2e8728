import { coerceError, isJsonObject, parseJson, ProctorError, type Json } from '../base/index.ts';
import {
  agentbench,
  TransportError,
  WireError,
  type RunError,
  type WireTaskOutput,
} from '../protocol/index.ts';

/** Why an attempt at a sample failed, as a line of `error.jsonl` has it. */
export interface Failure {
  readonly error: RunError;
  readonly info: string;
  /** The last that was seen of the sample. */
  readonly output: WireTaskOutput | null;
  readonly sessionId?: number;
}

/** How an attempt at a sample ended. */
export type SampleEnd =
  | { readonly kind: 'finished'; readonly output: WireTaskOutput; readonly sessionId: number }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** No slot was free: the attempt does not count. */
  | { readonly kind: 'unavailable' }
  /** The evaluation is being stopped: the attempt does not count. */
  | { readonly kind: 'cancelled' };

/** The failure behind what start_sample threw; undefined for "no slot free", which is none. Rethrows what is no failure of a call. */
export function describeStartFailure(thrown: unknown): Failure | undefined {
  if (thrown instanceof WireError && thrown.status === 406) return undefined;
  return { ...describeCallFailure(thrown, 'START_FAILED'), output: null };
}

/** The failure behind what interact threw; `seen` is the last output before it. Rethrows what is no failure of a call. */
export function describeInteractFailure(thrown: unknown, seen: WireTaskOutput): Failure {
  const told = thrown instanceof WireError ? outputInDetail(thrown.detail) : undefined;
  return { ...describeCallFailure(thrown, 'INTERACT_FAILED'), output: told ?? seen };
}

export function describeAgentFailure(thrown: unknown, seen: WireTaskOutput): Failure {
  return { error: 'AGENT_FAILED', info: coerceError(thrown).message, output: seen };
}

/** What calculate_overall threw, as `info`. */
export function describeOverallFailure(thrown: unknown): string {
  return thrown instanceof WireError ? formatBody(thrown) : coerceError(thrown).message;
}

function describeCallFailure(thrown: unknown, error: RunError): Pick<Failure, 'error' | 'info'> {
  if (thrown instanceof WireError) return { error, info: formatBody(thrown) };
  if (thrown instanceof TransportError) return { error: 'NETWORK_ERROR', info: thrown.message };
  if (ProctorError.is(thrown) && thrown.code === 'reply-invalid') return { error, info: thrown.message };
  throw thrown;
}

/** The error reply's body, as the files have always had it. */
function formatBody(error: WireError): string {
  return JSON.stringify({ detail: error.detail });
}

/** A worker's 501 carries the sample's last output, history included, in the text that the controller passes on. */
function outputInDetail(detail: Json): WireTaskOutput | undefined {
  let body: Json = detail;
  if (typeof detail === 'string') {
    try {
      body = parseJson(detail.slice(detail.indexOf('\n') + 1));
    } catch {
      // An error in words: it carries no output.
      return undefined;
    }
  }
  const inner = isJsonObject(body) && isJsonObject(body['detail']) ? body['detail'] : body;
  if (!isJsonObject(inner) || !isJsonObject(inner['output'])) return undefined;
  const parsed = agentbench.taskOutputSchema.safeParse(inner['output']);
  return parsed.success ? parsed.data : undefined;
}
