import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, parseJson, type Json } from '../base/index.ts';
import { modelReplyBody, type ModelReplyForm } from './fake-model-replies.ts';

/** A request as the server got it; `body` is its JSON, or its text when it is none. */
export interface ModelRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Json;
}

/**
 * What goes wrong with one request: an answer of another status (or a strange one of status 200), a connection that
 * is cut before the answer, or no answer until `release` is called, then a good one.
 */
export type ModelFailure =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' };

export interface FakeModelOptions {
  /** Answers in order, one a request; the last one is repeated. */
  readonly replies?: readonly string[];
  /** The answer to a request, in place of `replies`. */
  readonly reply?: (request: ModelRequest) => string | Promise<string>;
  /** Used up first, one a request. */
  readonly failures?: readonly ModelFailure[];
}

/** A running fake model API; `await using` stops it. */
export interface FakeModelServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/v1`, as OpenAI's clients call it. */
  readonly baseUrl: string;
  readonly chatUrl: string;
  readonly completionsUrl: string;
  /** `http://127.0.0.1:<port>`, as a controller of FastChat. */
  readonly origin: string;
  /** All requests so far, failed ones too. */
  readonly requests: readonly ModelRequest[];
  /** More failures, for the next requests. */
  failNext(...failures: readonly ModelFailure[]): void;
  /** Resolves when that many requests have come in all. */
  waitForRequests(count: number): Promise<void>;
  /** Lets what hangs go on. */
  release(): void;
  close(): Promise<void>;
}

const forms: Readonly<Record<string, ModelReplyForm>> = {
  '/v1/chat/completions': 'chat',
  '/v1/completions': 'completion',
  '/worker_generate_stream': 'fastchat',
};

/** Starts a fake of OpenAI's and FastChat's APIs on a free port of the loopback address. */
export async function startFakeModelServer(options: FakeModelOptions = {}): Promise<FakeModelServer> {
  const fake = new FakeModel(options);
  const server = createServer((request, response) => void fake.serve(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    fake.release();
    await closeServer(server);
  };
  return {
    origin,
    baseUrl: `${origin}/v1`,
    chatUrl: `${origin}/v1/chat/completions`,
    completionsUrl: `${origin}/v1/completions`,
    requests: fake.requests,
    failNext: (...failures) => fake.failNext(failures),
    waitForRequests: (count) => fake.waitForRequests(count),
    release: () => fake.release(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

class FakeModel {
  readonly requests: ModelRequest[] = [];
  readonly #options: FakeModelOptions;
  readonly #failures: ModelFailure[];
  #answered = 0;
  #hanging: (() => void)[] = [];
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(options: FakeModelOptions) {
    this.#options = options;
    this.#failures = [...(options.failures ?? [])];
  }

  failNext(failures: readonly ModelFailure[]): void {
    this.#failures.push(...failures);
  }

  waitForRequests(count: number): Promise<void> {
    if (this.requests.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  release(): void {
    for (const resume of this.#hanging.splice(0)) resume();
  }

  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(incoming, response);
    } catch (error) {
      // A `reply` that throws is a broken model; a client that went away does not see this.
      response.statusCode = 500;
      response.end(JSON.stringify({ error: { message: String(error) } }));
    }
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = incoming.url ?? '/';
    const request = { path, headers: incoming.headers, body: await readBody(incoming) };
    const failure = this.#failures.shift();
    const hanging = failure?.kind === 'hang' ? this.#hang() : undefined;
    this.#record(request);
    await hanging;
    if (failure?.kind === 'reset') return void incoming.socket.destroy();
    if (failure?.kind === 'answer') {
      response.writeHead(failure.status, { 'content-type': 'application/json', ...failure.headers });
      return void response.end(failure.body ?? '{"error": {"message": "made to fail"}}');
    }
    const form = forms[path];
    if (!form) return void response.writeHead(404).end('{"error": {"message": "no such path"}}');
    const model = isJsonObject(request.body) ? request.body.model : undefined;
    const text = await this.#reply(request);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      modelReplyBody({
        form,
        model: typeof model === 'string' ? model : 'fake',
        number: this.#answered,
        text,
      }),
    );
  }

  async #reply(request: ModelRequest): Promise<string> {
    const { replies = ['ok'], reply } = this.#options;
    const place = this.#answered++;
    if (reply) return reply(request);
    return replies[Math.min(place, replies.length - 1)] ?? '';
  }

  #hang(): Promise<void> {
    return new Promise((resolve) => this.#hanging.push(resolve));
  }

  #record(request: ModelRequest): void {
    this.requests.push(request);
    const due = this.#waiting.filter(({ count }) => count <= this.requests.length);
    this.#waiting = this.#waiting.filter((waiter) => !due.includes(waiter));
    for (const { resolve } of due) resolve();
  }
}

async function readBody(incoming: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return parseJson(text);
  } catch {
    // A form, or nonsense: shown as it came.
    return text;
  }
}

function closeServer(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
