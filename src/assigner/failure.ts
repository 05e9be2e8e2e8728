import { coerceError, isJsonObject, parseJson, ProctorError, type Json } from '../base/index.ts';
import {
  agentbench,
  TransportError,
  WireError,
  type Cause,
  type ReachedLimit,
  type RunError,
  type SessionEnd,
  type WireTaskOutput,
} from '../protocol/index.ts';
import { classifyReply, classifySessionEnd, shorten, type Blame } from './classify-reply.ts';
import { classifyThrow } from './classify-throw.ts';
import { isScored } from './scored.ts';

export { causeOfStatus } from './scored.ts';

/** Why an attempt at a sample failed, as a line of `error.jsonl` has it. */
export interface Failure {
  readonly error: RunError;
  readonly info: string;
  /** The last that was seen of the sample. */
  readonly output: WireTaskOutput | null;
  readonly sessionId?: number;
  readonly cause: Cause;
  /** A stable word for programs. */
  readonly code: string;
  /** The same for a person. */
  readonly sentence: string;
  readonly limit?: ReachedLimit;
  /** Nothing more can come of this agent: what waits for it is not played. */
  readonly stopsAgent?: boolean;
}

/** How an attempt at a sample ended. */
export type SampleEnd =
  | {
      readonly kind: 'finished';
      readonly output: WireTaskOutput;
      readonly sessionId: number;
      readonly cause: Cause;
      readonly limit?: ReachedLimit;
    }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** No slot was free: the attempt does not count. */
  | { readonly kind: 'unavailable' }
  /** The evaluation is being stopped: the attempt does not count. */
  | { readonly kind: 'cancelled' }
  /** A session of an evaluation before this one is no longer there: the attempt does not count. */
  | { readonly kind: 'gone' };

/** What is known beside the error that interact threw. */
export interface InteractContext {
  /** How the session ended, where the controller was asked. */
  readonly reason?: SessionEnd | undefined;
  /** How long a step of the task may take, where that is known. */
  readonly stepSeconds?: number | undefined;
}

const neverReached = /refused|ECONNREFUSED|ENOTFOUND|E(HOST|NET)UNREACH/;

/** The failure behind what start_sample threw; undefined for "no slot free", which is none. Rethrows what is no failure of a call. */
export function describeStartFailure(thrown: unknown): Failure | undefined {
  if (thrown instanceof WireError && thrown.status === 406) return undefined;
  const failure = { ...describeCallFailure(thrown, 'START_FAILED'), output: null };
  // A worker that was gone before has not died under this sample.
  const wasGone = failure.code === 'worker-lost' && neverReached.test(failure.info);
  return wasGone ? { ...failure, code: 'worker-unreachable' } : failure;
}

/** The failure behind what interact threw; `seen` is the last output before it. Rethrows what is no failure of a call. */
export function describeInteractFailure(
  thrown: unknown,
  seen: WireTaskOutput,
  { reason, stepSeconds }: InteractContext = {},
): Failure {
  const failure = describeCallFailure(thrown, 'INTERACT_FAILED');
  const told = thrown instanceof WireError ? outputInDetail(thrown.detail) : undefined;
  if (failure.code === 'task-error')
    return { ...failure, sentence: describeTaskFailure(told ?? seen), output: told ?? seen };
  const blame = reason === undefined ? failure : classifySessionEnd(reason);
  const limit = { name: 'stepSeconds', limit: stepSeconds ?? 0, reached: stepSeconds ?? 0 };
  const isStepLimit = blame.code === 'step-time-out' && stepSeconds !== undefined;
  return { ...failure, ...blame, output: told ?? seen, ...(isStepLimit && { limit }) };
}

/** The failure behind what an agent threw; `seen` is what it was asked about. */
export function describeAgentFailure(thrown: unknown, seen: WireTaskOutput): Failure {
  return { error: 'AGENT_FAILED', info: coerceError(thrown).message, output: seen, ...classifyThrow(thrown) };
}

/** Why an attempt is to be booked as failed; undefined when it is not. */
export function describeFailed(end: SampleEnd): Failure | undefined {
  if (end.kind === 'failed') return end.failure;
  return end.kind === 'finished' && !isScored(end.cause) ? describeUnscored(end) : undefined;
}

/** The failure behind a sample that has ended, but with no outcome of the agent's own: a task's error, or a session that was cancelled. */
function describeUnscored(end: Extract<SampleEnd, { kind: 'finished' }>): Failure {
  const { output, sessionId } = end;
  const hasAnswered = output.history?.some((item) => item.role === 'agent') ?? false;
  const blame: Blame =
    end.cause === 'cancelled'
      ? classifySessionEnd('cancelled')
      : { cause: end.cause, code: 'task-error', sentence: describeTaskFailure(output) };
  const info = typeof output.result === 'string' ? output.result : blame.sentence;
  return { error: hasAnswered ? 'INTERACT_FAILED' : 'START_FAILED', info, output, sessionId, ...blame };
}

/** The failure behind what calculate_overall threw. */
export function describeOverallFailure(thrown: unknown): Omit<Failure, 'output'> {
  if (thrown instanceof WireError && thrown.status === 413) return describeTooLarge(thrown);
  const failure = describeCallFailure(thrown, 'OVERALL_FAILED');
  const { error, info } = failure;
  // A worker that answers with an error here runs the task's own scoring.
  if (failure.code !== 'worker-error') return { ...failure, error: 'OVERALL_FAILED' };
  return {
    error,
    info,
    cause: 'task',
    code: 'scoring-failed',
    sentence: 'The task could not score its outcomes',
  };
}

/** The outcomes go in one request, since a task scores them together: here its length is the fault, and nobody's doing. */
function describeTooLarge(thrown: WireError): Omit<Failure, 'output'> {
  const sentence =
    'The outcomes are longer than the controller takes in one request. They are all in runs.jsonl; ' +
    "have the task's samples played as several tasks, each of fewer samples, or score the file by the task's own code";
  const info = `${sentence}. The controller said: ${shorten(thrown.message)}`;
  return { error: 'OVERALL_FAILED', info, cause: 'controller', code: 'outcomes-too-large', sentence };
}

function describeTaskFailure({ status, result }: WireTaskOutput): string {
  if (status === 'running') return 'The task failed';
  const told = typeof result === 'string' && result !== '' ? `: ${shorten(result)}` : '';
  return status === 'task error'
    ? `The task failed${told}`
    : `The task ended the sample as "${status}"${told}`;
}

function describeCallFailure(thrown: unknown, error: RunError): Omit<Failure, 'output'> {
  if (thrown instanceof WireError) return { error, info: formatBody(thrown), ...classifyReply(thrown) };
  if (thrown instanceof TransportError) {
    const info = thrown.message;
    const sentence = `The controller gave no answer: ${shorten(info)}`;
    return { error: 'NETWORK_ERROR', info, cause: 'controller', code: 'controller-unreachable', sentence };
  }
  if (ProctorError.is(thrown) && ['reply-invalid', 'token-refused'].includes(thrown.code)) {
    const { code, message } = thrown;
    return { error, info: message, cause: 'controller', code, sentence: shorten(message) };
  }
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
