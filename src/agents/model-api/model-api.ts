import { request, type Dispatcher, type FormData } from 'undici';
import { coerceError, ProctorError, sleep, withDeadline, type Clock, type Logger } from '../../base/index.ts';
import { isContextLimit } from './context-limit.ts';
import { createDispatcher } from './dispatcher.ts';
import { isFinalRefusal } from './refusal.ts';
import { isTransientStatus, pauseAfter, readRetryAfter } from './retry-policy.ts';
import { createScrubber, shownAddress } from './secrets.ts';

export interface ModelApiSettings {
  /** The agent's name, for errors. */
  readonly agent: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly proxies: Readonly<Record<string, string>>;
  readonly verifyTls: boolean;
  /** The limit of one try. */
  readonly timeoutMs: number;
  readonly attempts: number;
  /** Fields sent beside the prompt; looked through for keys that must not be shown. */
  readonly body: unknown;
  readonly clock: Clock;
  readonly log: Logger;
}

export type ModelAnswer =
  { readonly kind: 'reply'; readonly text: string } | { readonly kind: 'context-limit' };

type Failure = {
  readonly kind: 'failure';
  readonly error: ProctorError;
  readonly isTransient: boolean;
  readonly retryAfterMs?: number | undefined;
};

const longestShownBody = 500;

/** One model API: posts to its url, tries transient failures again, and tells a full context from other failures. */
export class ModelApi {
  readonly #settings: ModelApiSettings;
  readonly #dispatcher: Dispatcher;
  readonly #scrub: (text: string) => string;

  constructor(settings: ModelApiSettings) {
    this.#settings = settings;
    this.#dispatcher = createDispatcher(settings);
    this.#scrub = createScrubber({ ...settings, proxies: Object.values(settings.proxies) });
  }

  /**
   * Resolves to the body of a reply of status 200, or says that the context is full. Throws `model-api-failed`,
   * `model-api-unreachable` or `model-api-timeout` when the last try has failed too, and at once `model-api-refused`, after which no
   * request of this agent can succeed, and the signal's reason.
   */
  async post(body: string | FormData, signal: AbortSignal): Promise<ModelAnswer> {
    const { attempts, clock, log } = this.#settings;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(body, signal);
      if (answer.kind !== 'failure') return answer;
      if (!answer.isTransient || attempt >= attempts) throw answer.error;
      const pauseMs = pauseAfter(attempt, answer.retryAfterMs);
      log.warn(answer.error.message, { attempt, attempts, pauseMs });
      await sleep(clock, pauseMs, signal);
    }
  }

  /** The error for a reply of status 200 that cannot be used; it shows how the reply begins. */
  replyFault(problem: string, wanted: string, text: string): ProctorError {
    const shown = this.#shorten(text);
    const { agent } = this.#settings;
    return new ProctorError(
      'model-reply-invalid',
      { agent, problem: `${this.#scrub(problem)}. The reply: ${shown}`, wanted },
      { where: this.#address },
    );
  }

  /** The error for a failure that the server reports inside a reply of status 200. */
  reportedFault(text: string): ProctorError {
    const parameters = {
      agent: this.#settings.agent,
      status: '200 with an error',
      body: this.#shorten(text),
    };
    return new ProctorError('model-api-failed', parameters, { where: this.#address });
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  get #address(): string {
    return shownAddress(this.#settings.url);
  }

  async #attempt(body: string | FormData, signal: AbortSignal): Promise<ModelAnswer | Failure> {
    signal.throwIfAborted();
    const { clock, timeoutMs } = this.#settings;
    try {
      const deadline = { clock, limitMs: timeoutMs, operation: 'the call of a model API', signal };
      return await withDeadline(deadline, (limit) => this.#exchange(body, limit));
    } catch (error) {
      signal.throwIfAborted();
      return this.#connectionFailure(coerceError(error));
    }
  }

  async #exchange(body: string | FormData, signal: AbortSignal): Promise<ModelAnswer | Failure> {
    const { agent, url, headers, clock } = this.#settings;
    const reply = await request(url, {
      dispatcher: this.#dispatcher,
      method: 'POST',
      headers: typeof body === 'string' ? withJsonType(headers) : withoutType(headers),
      body,
      signal,
    });
    const status = reply.statusCode;
    const text = await reply.body.text();
    if (status === 200) return { kind: 'reply', text };
    if (isContextLimit(status, text)) return { kind: 'context-limit' };
    const parameters = { agent, status, body: this.#shorten(text) || '(an empty body)' };
    const isFinal = isFinalRefusal(status, text);
    const code = isFinal ? 'model-api-refused' : 'model-api-failed';
    return {
      kind: 'failure',
      error: new ProctorError(code, parameters, { where: this.#address }),
      isTransient: !isFinal && isTransientStatus(status),
      retryAfterMs: readRetryAfter(reply.headers['retry-after'], clock.now()),
    };
  }

  #connectionFailure(error: Error): Failure {
    const { agent, timeoutMs } = this.#settings;
    const context = { where: this.#address };
    if (ProctorError.is(error) && error.code === 'deadline-exceeded') {
      const timeout = new ProctorError('model-api-timeout', { agent, limitMs: timeoutMs }, context);
      return { kind: 'failure', error: timeout, isTransient: true };
    }
    const reason = this.#scrub(describeConnectionError(error));
    const unreachable = new ProctorError('model-api-unreachable', { agent, reason }, context);
    // What the HTTP library refuses to send is refused again the next time.
    const isTransient = !('code' in error && error.code === 'UND_ERR_INVALID_ARG');
    return { kind: 'failure', error: unreachable, isTransient };
  }

  /** Scrubs before it cuts: half a key is not found any more. */
  #shorten(text: string): string {
    return this.#scrub(text).slice(0, longestShownBody);
  }
}

/** Connection errors of several addresses have no message of their own, only a code. */
function describeConnectionError(error: Error): string {
  const code = 'code' in error ? String(error.code) : undefined;
  if (error.message === '') return code ?? error.name;
  return code === undefined || error.message.includes(code) ? error.message : `${error.message} (${code})`;
}

function withJsonType(headers: Readonly<Record<string, string>>): Record<string, string> {
  const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return isGiven ? { ...headers } : { 'content-type': 'application/json', ...headers };
}

/** A form's type names its boundary, so one from the configuration would be wrong. */
function withoutType(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-type'),
  );
}
