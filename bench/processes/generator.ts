import { randomUUID } from 'node:crypto';
import { createRandom, type Random } from '../random.ts';
import { Connections } from './connections.ts';
import type { HttpConnection } from './http-connection.ts';
import { createReport, type LoadReport, type TurnLog } from './load-report.ts';
import { servePart } from './part.ts';
import { cancelSession, playTurn, startSession, type LoadSession } from './session-client.ts';

/** Starts and ends of sessions are asked for over so many connections at once. */
const managing = 64;

const connections = new Map<string, Connections>();
const sessions: LoadSession[] = [];

const operations = {
  /** Starts sessions at a controller until there are `count`. Gives how many a second were started. */
  open: async (input: {
    readonly origin: string;
    readonly task: string;
    readonly indices: number;
    readonly count: number;
  }) => {
    const { origin, task, indices, count } = input;
    const startMs = performance.now();
    const missing = Math.max(0, count - sessions.length);
    await inParallel(await connect(origin, managing), missing, async (connection, position) => {
      sessions.push(
        await startSession(connection, { task, index: position % indices, startId: randomUUID() }),
      );
    });
    return { startsPerSecond: perSecond(missing, startMs) };
  },

  /** Ends all sessions. Gives how many could not be ended, and how many a second were. */
  close: async ({ origin }: { readonly origin: string }) => {
    const startMs = performance.now();
    const all = sessions.splice(0);
    let failures = 0;
    await inParallel(await connect(origin, managing), all.length, async (connection, position) => {
      await cancelSession(connection, all[position] as LoadSession).catch(() => failures++);
    });
    return { failures, endsPerSecond: perSecond(all.length, startMs) };
  },

  /** Each of `concurrency` connections plays turn after turn, going round its share of the sessions. */
  play: async (input: {
    readonly origin: string;
    readonly concurrency: number;
    readonly durationMs: number;
    /** It goes on until so many were answered, however long that takes: no machine is too busy to warm up. */
    readonly leastTurns?: number;
  }): Promise<LoadReport> => {
    const { origin, concurrency, durationMs, leastTurns = 0 } = input;
    const log: TurnLog = { latencies: [], errors: [] };
    const players = await connect(origin, concurrency);
    const startMs = performance.now();
    const isOver = () =>
      performance.now() >= startMs + durationMs && log.latencies.length + log.errors.length >= leastTurns;
    const playing = players.map(async (connection, player) => {
      const own = sessions.filter((_, position) => position % concurrency === player);
      for (let turn = 0; own.length > 0 && !isOver(); turn++) {
        const session = own[turn % own.length] as LoadSession;
        connection = await logTurn(log, { origin, connection, session, dueMs: performance.now() });
      }
    });
    await Promise.all(playing);
    return createReport(log, performance.now() - startMs);
  },

  /**
   * Turns fall due at a fixed rate, whether or not those before them were answered; a late one's latency counts from when it was
   * due. Each is of a session chosen by chance among those that nothing is under way on.
   */
  playAtRate: async (input: {
    readonly origin: string;
    readonly connections: number;
    readonly turnsPerSecond: number;
    readonly durationMs: number;
    readonly seed: number;
  }): Promise<LoadReport> => {
    const { origin, turnsPerSecond, durationMs } = input;
    const random = createRandom(input.seed);
    const log: TurnLog = { latencies: [], errors: [] };
    const free = [...(await connect(origin, input.connections))];
    const underWay = new Set<Promise<void>>();
    const startMs = performance.now();
    const total = Math.floor((durationMs * turnsPerSecond) / 1000);
    const dueOf = (turn: number) => startMs + (turn * 1000) / turnsPerSecond;
    for (let turn = 0; turn < total;) {
      while (turn < total && dueOf(turn) <= performance.now() && free.length > 0) {
        const connection = free.pop() as HttpConnection;
        const session = pickIdle(random);
        const played = logTurn(log, { origin, connection, session, dueMs: dueOf(turn) }).then((kept) => {
          free.push(kept);
          underWay.delete(played);
        });
        underWay.add(played);
        turn++;
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(underWay);
    return createReport(log, performance.now() - startMs);
  },
};

export type GeneratorOperations = typeof operations;

servePart(operations);

/** Plays a turn and notes what it took; gives the connection for the next one. */
async function logTurn(
  log: TurnLog,
  turn: {
    readonly origin: string;
    readonly connection: HttpConnection;
    readonly session: LoadSession;
    readonly dueMs: number;
  },
): Promise<HttpConnection> {
  const { origin, connection, session, dueMs } = turn;
  session.isBusy = true;
  try {
    await playTurn(connection, session);
    log.latencies.push(performance.now() - dueMs);
    return connection;
  } catch (error) {
    log.errors.push(String(error));
    return await poolOf(origin).replace(connection);
  } finally {
    session.isBusy = false;
  }
}

function pickIdle(random: Random): LoadSession {
  for (let position = Math.floor(random() * sessions.length); ; position++) {
    const session = sessions[position % sessions.length] as LoadSession;
    if (!session.isBusy) return session;
  }
}

async function inParallel(
  over: readonly HttpConnection[],
  count: number,
  work: (connection: HttpConnection, position: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    over.map(async (connection) => {
      while (next < count) await work(connection, next++);
    }),
  );
}

function poolOf(origin: string): Connections {
  const pool = connections.get(origin) ?? new Connections(origin);
  connections.set(origin, pool);
  return pool;
}

function connect(origin: string, count: number): Promise<readonly HttpConnection[]> {
  return poolOf(origin).take(count);
}

function perSecond(count: number, startMs: number): number {
  return (count * 1000) / (performance.now() - startMs);
}
