import { appendFileSync } from 'node:fs';

/** One answer that the environment has taken. */
export interface JournalEntry {
  readonly session: number;
  readonly index: number | string;
  /** The answer's number within its session, from 1. */
  readonly turn: number;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/** One write, so that the lines of several processes do not mix and none is half there when a process is killed. */
export function appendToJournal(file: string, entry: JournalEntry): void {
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
}
