import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRandom, makeText } from '../random.ts';
import { servePart } from './part.ts';

/** Workers that cost next to nothing: they answer every turn at once with the same history. */
export interface StubFleet {
  readonly workers: number;
  readonly task: string;
  /** Sessions that each of them takes. */
  readonly capacity: number;
  /** How many samples the task lists. */
  readonly indices: number;
  /** The length of a reply. */
  readonly replyBytes: number;
  readonly heartbeatEveryMs: number;
  /** With `/api` at the end. */
  readonly controller: string;
}

interface Stub {
  readonly server: Server;
  readonly address: string;
  readonly sessions: Map<number, number>;
}

const stubs: Stub[] = [];
let failedHeartbeats = 0;

const operations = {
  /** Starts the workers; resolves with their origins when the controller has taken all of them in. */
  start: async (fleet: StubFleet) => {
    const [head, tail] = buildReply(fleet.replyBytes);
    const indices = Array.from({ length: fleet.indices }, (_none, index) => index);
    for (let worker = 0; worker < fleet.workers; worker++) {
      const stub = await listen({ head, tail, indices: JSON.stringify(indices), capacity: fleet.capacity });
      stubs.push(stub);
      const introduction = {
        name: fleet.task,
        address: `${stub.address}/api`,
        concurrency: fleet.capacity,
        indices,
        instance: randomUUID(),
      };
      await sendHeartbeat(fleet.controller, introduction);
      setInterval(
        () => void sendHeartbeat(fleet.controller, introduction).catch(() => failedHeartbeats++),
        fleet.heartbeatEveryMs,
      );
    }
    return { origins: stubs.map((stub) => stub.address) };
  },

  /** What the workers hold, and how often the controller did not take a heartbeat. */
  look: async (_input: object) => ({
    sessions: stubs.reduce((count, stub) => count + stub.sessions.size, 0),
    failedHeartbeats,
  }),
};

export type StubOperations = typeof operations;

servePart(operations);

interface StubPlan {
  /** A reply's text before and after the session's id. */
  readonly head: string;
  readonly tail: string;
  /** JSON. */
  readonly indices: string;
  readonly capacity: number;
}

async function listen(plan: StubPlan): Promise<Stub> {
  const sessions = new Map<number, number>();
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void readText(request).then((body) => {
      const { status, text } = reply(plan, sessions, { path: request.url ?? '', body });
      response.writeHead(status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        // As this project's own workers have it.
        'x-sample-status': 'running',
      });
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sessions };
}

function reply(
  { head, tail, indices, capacity }: StubPlan,
  sessions: Map<number, number>,
  { path, body }: { readonly path: string; readonly body: string },
): { readonly status: number; readonly text: string } {
  const ok = (text: string) => ({ status: 200, text });
  const refuse = (status: number, detail: string) => ({ status, text: JSON.stringify({ detail }) });
  const id = readNumber(body, 'session_id');
  switch (path) {
    case '/api/interact':
      return sessions.has(id) ? ok(head + id + tail) : refuse(400, 'No such session');
    case '/api/start_sample':
      if (sessions.size >= capacity) return refuse(406, 'Sample limit reached');
      sessions.set(id, readNumber(body, 'index'));
      return ok(head + id + tail);
    case '/api/cancel':
      return sessions.delete(id) ? ok(JSON.stringify({ session_id: id })) : refuse(400, 'No such session');
    case '/api/get_sessions':
      return ok(JSON.stringify(Object.fromEntries(sessions)));
    case '/api/get_indices':
      return ok(indices);
    case '/api/worker_status':
      return ok(JSON.stringify({ concurrency: capacity, current: sessions.size }));
    default:
      return refuse(404, 'Not Found');
  }
}

function readNumber(body: string, field: string): number {
  return Number(new RegExp(`"${field}":\\s*"?(\\d+)`).exec(body)?.[1]);
}

function readText(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => resolve(text));
    request.on('error', reject);
  });
}

/** A running session's reply of about that length: a history of eight messages. */
function buildReply(bytes: number): readonly [string, string] {
  const random = createRandom(1);
  const roles = ['user', 'agent'] as const;
  const history = Array.from({ length: 8 }, (_none, position) => ({
    role: roles[position % 2],
    content: makeText(random, Math.max(1, Math.floor((bytes - 400) / 8))),
  }));
  const output = JSON.stringify({ index: null, status: 'running', result: null, history });
  return ['{"session_id": ', `, "output": ${output}}`];
}

async function sendHeartbeat(controller: string, introduction: object): Promise<void> {
  const response = await fetch(`${controller}/receive_heartbeat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(introduction),
  });
  if (!response.ok) throw new Error(`receive_heartbeat: ${response.status} ${await response.text()}`);
}
