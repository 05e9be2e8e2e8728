import type { JSValue, QueryResult } from 'node-sqlite3-wasm';
import { parseJson } from '../../base/index.ts';
import type { SampleIndex, SessionEnd } from '../../protocol/index.ts';
import type { StoredSession } from './store.ts';

/** The columns of a session's row, in their order. */
export const sessionColumns = [
  'id',
  'task',
  'sample',
  'worker',
  'is_ours',
  'owner',
  'start_id',
  'start_ms',
  'turn',
  'end_ms',
  'end_reason',
  'end_told',
] as const;

export function writeSession(session: StoredSession): JSValue[] {
  const { id, task, index, worker, isOurs, owner, startId, startMs, turn, end } = session;
  const started = [id, task, JSON.stringify(index), worker, isOurs, owner ?? null, startId ?? null, startMs];
  return [...started, turn ?? null, end?.atMs ?? null, end?.reason ?? null, end?.told ?? null];
}

/** Throws when the row cannot have been written by `writeSession`. */
export function readSession(row: QueryResult): StoredSession {
  const endMs = row['end_ms'] as number | null;
  return {
    id: row['id'] as number,
    task: row['task'] as string,
    index: parseJson(row['sample'] as string) as SampleIndex | null,
    worker: row['worker'] as string,
    isOurs: row['is_ours'] === 1,
    owner: (row['owner'] as string | null) ?? undefined,
    startId: (row['start_id'] as string | null) ?? undefined,
    startMs: row['start_ms'] as number,
    turn: (row['turn'] as number | null) ?? undefined,
    end:
      endMs === null
        ? undefined
        : { atMs: endMs, reason: row['end_reason'] as SessionEnd, told: row['end_told'] === 1 },
  };
}
