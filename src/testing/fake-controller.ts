import { parseJson, type Json } from '../base/index.ts';
import {
  StreamedBody,
  TransportError,
  WireError,
  type SampleIndex,
  type Transport,
  type TransportRequest,
} from '../protocol/index.ts';

export interface FakeTask {
  readonly indices: readonly SampleIndex[];
  /** Slots of its worker. */
  capacity: number;
  /** Slots that others hold. */
  others?: number;
  /** Whether the worker is there; without it the task is listed with a dead one. */
  isAlive?: boolean;
}

export interface FakeCall {
  readonly path: string;
  readonly body: Record<string, Json>;
  /** The exchange's limit, as the client gave it. */
  readonly timeoutMs: number;
}

interface FakeSession {
  readonly name: string;
  readonly index: SampleIndex;
  readonly owner?: Json | undefined;
  readonly startId?: Json | undefined;
  readonly history: { role: string; content: string }[];
  /** Answers that it has taken. */
  played: number;
  /** Given again when the same turn comes again, also after its end. */
  lastReply: Json;
}

/** Answers instead of the controller: a reply, an error to throw, or undefined to let it answer by itself. */
export type FakeAnswer = Json | Error | undefined | Promise<Json | Error | undefined>;

const json = (value: Json) => ({ status: 200, text: JSON.stringify(value) });

/** A controller in memory, behind a transport: it plays samples of `turns` turns and completes them with the score 1. */
export class FakeController {
  readonly address = 'http://controller/api';
  readonly tasks = new Map<string, FakeTask>();
  readonly sessions = new Map<number, FakeSession>();
  readonly calls: FakeCall[] = [];
  turns = 2;
  /** Whether it plays a numbered turn and a named start once; the reference's does not, and knows no version either. */
  knowsTurns = true;
  /** Whether it says that it tells of its slots; who follows is not its business. */
  hasEvents = false;
  sessionTimeoutSeconds = 600;
  /** Sessions that are over, with the reason; their last replies are still given. */
  readonly ended = new Map<number, FakeSession & { readonly reason: string }>();
  /** How often each turn was played: `session:turn`. */
  readonly playedTurns: string[] = [];
  /** Nobody listens. */
  isDown = false;
  /** Most sessions of a task that were open at once. */
  readonly most = new Map<string, number>();
  answer: (call: FakeCall, session?: FakeSession) => FakeAnswer = () => undefined;
  #nextId = 1;

  /** The paths that were called, without the prefix. */
  count(path: string): number {
    return this.calls.filter((call) => call.path === path).length;
  }

  openSession(name: string, index: SampleIndex, owner?: Json, startId?: Json): number {
    const id = this.#nextId++;
    const history = [{ role: 'user', content: 'turn 1' }];
    const session: FakeSession = { name, index, owner, startId, history, played: 0, lastReply: null };
    session.lastReply = describeReply(id, session, 'running');
    this.sessions.set(id, session);
    this.most.set(name, Math.max(this.most.get(name) ?? 0, this.#countSessions(name)));
    return id;
  }

  readonly transport: Transport = async (request) => {
    await Promise.resolve();
    if (request.signal?.aborted) throw new TransportError('aborted', 'aborted');
    if (this.isDown) throw new TransportError('refused', 'connection refused');
    const { body = '' } = request;
    const call = readCall(request, body instanceof StreamedBody ? await readWhole(body) : String(body));
    this.calls.push(call);
    const session = this.sessions.get(Number(call.body['session_id']));
    try {
      const answer = await orAborted(Promise.resolve(this.answer(call, session)), request.signal);
      if (answer instanceof Error) throw answer;
      return answer === undefined ? json(this.#respond(call, session)) : json(answer);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return { status: error.status, text: JSON.stringify({ detail: error.detail }) };
    }
  };

  #respond(call: FakeCall, session: FakeSession | undefined): Json {
    const name = call.body['name'] as string;
    const task = this.tasks.get(name);
    switch (call.path) {
      case '/list_workers':
        return this.#listWorkers();
      case '/list_sessions':
        return Object.fromEntries([...this.sessions].map(([id, open]) => [id, describeSession(open)]));
      case '/get_indices':
        if (!task) throw WireError.of('task-unknown');
        return task.indices;
      case '/start_sample':
        return this.#startSample(name, call.body);
      case '/calculate_overall':
        return { score: 0.5, n: (call.body['results'] as Json[]).length };
    }
    if (call.path === '/cancel_owned') return this.#cancelOwned(call.body['owner'] as string);
    const id = Number(call.body['session_id']);
    const isOurs = this.#answersOurs(call.path);
    if (isOurs && call.path === '/version')
      return {
        name: 'fake',
        version: '0',
        turns: true,
        events: this.hasEvents,
        session_timeout_seconds: this.sessionTimeoutSeconds,
      };
    if (isOurs && call.path === '/session_status') return this.#describeStatus(id);
    const live = session ?? (call.path === '/interact' && this.knowsTurns ? this.ended.get(id) : undefined);
    if (!live) throw WireError.of('session-unknown');
    if (call.path === '/interact') return this.#interact(id, live, call);
    if (call.path === '/cancel') this.endSession(id, 'cancelled');
    if (isOurs && call.path === '/renew')
      return { session_id: id, expires_in_seconds: this.sessionTimeoutSeconds };
    return { session_id: id };
  }

  /** Whether the path is known here; the reference's knows none of ours. */
  #answersOurs(path: string): boolean {
    const isOurs = ['/version', '/session_status', '/renew'].includes(path);
    if (isOurs && !this.knowsTurns) throw WireError.of('not-found');
    return isOurs;
  }

  endSession(id: number, reason: string): void {
    const session = this.sessions.get(id);
    if (session) this.ended.set(id, Object.assign(session, { reason }));
    this.sessions.delete(id);
  }

  /** The session is over, and whoever counts its turns is told why. */
  loseWorkerOf(id: number): void {
    this.endSession(id, 'worker lost');
  }

  #describeStatus(id: number): Json {
    const session = this.sessions.get(id) ?? this.ended.get(id);
    if (!session) throw WireError.of('session-unknown');
    const { name, index, played: turn } = session;
    const reason = this.ended.get(id)?.reason ?? null;
    const state = reason === null ? 'waiting for agent' : 'ended';
    const entry = { session_id: id, name, index, state, reason, worker: 'http://worker/api', turn };
    return { ...entry, start: 1.5, last_update: 1.5, output: null };
  }

  #startSample(name: string, body: FakeCall['body']): Json {
    const task = this.tasks.get(name);
    if (!task) throw WireError.of('start-task-unknown');
    const startId = this.knowsTurns ? body['start_id'] : undefined;
    const known = [...this.sessions, ...this.ended].find(
      ([, session]) => startId !== undefined && session.startId === startId,
    );
    if (known) {
      const [, { played, lastReply }] = known;
      if (played === 0) return lastReply;
      throw WireError.of('turn-mismatch', { turn: 0, played, next: played + 1 });
    }
    if (this.#free(name, task) <= 0) throw WireError.of('no-slot-free');
    const id = this.openSession(name, body['index'] as SampleIndex, body['owner'], startId);
    return (this.sessions.get(id) as FakeSession).lastReply;
  }

  #cancelOwned(owner: string): null {
    for (const [id, session] of this.sessions) {
      const own = typeof session.owner === 'string' ? session.owner : '';
      if (own === owner || own.startsWith(`${owner}:`)) this.endSession(id, 'cancelled');
    }
    return null;
  }

  #interact(id: number, session: FakeSession, call: FakeCall): Json {
    const { played } = session;
    const turn = this.knowsTurns ? call.body['turn'] : undefined;
    const reason = this.ended.get(id)?.reason;
    if (reason === 'worker lost') throw WireError.of('worker-unreachable', { reason: 'the worker was lost' });
    if (reason !== undefined && reason !== 'finished') throw WireError.of('session-unknown');
    if (turn === played) return session.lastReply;
    if (typeof turn === 'number' && turn !== played + 1)
      throw WireError.of('turn-mismatch', { turn, played, next: played + 1 });
    if (reason !== undefined) throw WireError.of('session-unknown');
    return (session.lastReply = this.#playTurn(id, session, call));
  }

  #playTurn(id: number, session: FakeSession, call: FakeCall): Json {
    const { status, content } = call.body['agent_response'] as { status: string; content: string | null };
    session.history.push({ role: 'agent', content: content || status });
    const turn = ++session.played;
    this.playedTurns.push(`${id}:${turn}`);
    if (turn >= this.turns) {
      this.endSession(id, 'finished');
      return describeReply(id, session, 'completed');
    }
    session.history.push({ role: 'user', content: `turn ${turn + 1}` });
    return describeReply(id, session, 'running');
  }

  #listWorkers(): Json {
    const list = [...this.tasks].map(([name, task]) => {
      const current = this.#countSessions(name) + (task.others ?? 0);
      const status = task.isAlive === false ? 2 : 0;
      const worker = { id: 0, address: 'http://worker/api', capacity: task.capacity, current };
      return [
        name,
        { indices: task.indices, workers: { 0: { ...worker, last_visit: 1.5, status, locked: false } } },
      ] as const;
    });
    return Object.fromEntries(list);
  }

  #free(name: string, task: FakeTask): number {
    return task.isAlive === false ? 0 : task.capacity - this.#countSessions(name) - (task.others ?? 0);
  }

  #countSessions(name: string): number {
    return [...this.sessions.values()].filter((session) => session.name === name).length;
  }
}

async function readWhole(body: StreamedBody): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.open()) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (bytes.length !== body.length)
    throw new Error(`A body of ${bytes.length} bytes was announced as one of ${body.length}`);
  return bytes.toString('utf8');
}

function readCall(request: TransportRequest, text: string): FakeCall {
  const url = new URL(request.url);
  const body = text ? (parseJson(text) as Record<string, Json>) : {};
  const { timeoutMs } = request;
  return {
    path: url.pathname.replace(/^\/api/, ''),
    body: { ...body, ...Object.fromEntries(url.searchParams) },
    timeoutMs,
  };
}

function describeReply(id: number, session: FakeSession, status: 'running' | 'completed'): Json {
  const isOver = status === 'completed';
  const history = session.history.map((item) => ({ ...item }));
  const result = isOver ? { score: 1 } : null;
  return { session_id: id, output: { index: isOver ? session.index : null, status, result, history } };
}

function describeSession({ name, index, owner }: FakeSession): Json {
  const entry = { name, index, start: 1.5, last_update: 1.5, worker_id: 0, locked: false };
  return owner === undefined ? entry : { ...entry, owner };
}

function orAborted<T>(work: Promise<T>, signal: TransportRequest['signal']): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new TransportError('aborted', 'aborted'));
    signal?.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', onAbort));
  });
}
