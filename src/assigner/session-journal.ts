import { randomUUID } from 'node:crypto';
import { isJsonObject, parseJson } from '../base/index.ts';
import type { SampleIndex } from '../protocol/index.ts';
import { LineWriter, writeFileAtomically, type FileSystem } from './results/index.ts';

/** A session is known by its controller and its id there. */
export interface SessionKey {
  readonly id: number;
  readonly controller: string;
}

export interface JournaledSession extends SessionKey {
  readonly agent: string;
  readonly task: string;
  /** The task's name at the controller. */
  readonly name: string;
  readonly index: SampleIndex;
}

/** What an evaluation before this one did not end. */
export interface LeftOver {
  readonly sessions: readonly JournaledSession[];
  /** What the owners of its sessions begin with, also of those whose start was never answered. */
  readonly owners: readonly string[];
}

/**
 * The sessions in flight, in a file of the output folder: an evaluation that was killed leaves in it which sessions it held, so that the
 * next one can end them. It is written before the first turn; it is not synced, since a machine that went down took the sessions along
 * or cannot tell.
 */
export class SessionJournal {
  readonly #fileSystem: FileSystem;
  readonly #file: string;
  readonly #live = new Map<string, JournaledSession>();
  /** Never that of an evaluation before: its sessions are ended by it, at any later time too. */
  readonly #owner = randomUUID();
  #starts = 0;
  /** Owners before this one whose sessions could not be ended. */
  #owned: readonly string[] = [];
  #writer: LineWriter | undefined;

  constructor(fileSystem: FileSystem, file: string) {
    this.#fileSystem = fileSystem;
    this.#file = file;
  }

  /** What an evaluation before this one left. */
  async readLeftOver(): Promise<LeftOver> {
    let text: string;
    try {
      text = await this.#fileSystem.readFile(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { sessions: [], owners: [] };
      throw error;
    }
    const lines = text.split('\n');
    const live = new Map<string, JournaledSession>();
    for (const line of lines) applyLine(live, line);
    return { sessions: [...live.values()], owners: lines.flatMap(readOwner) };
  }

  /** Who the next session is started for: no two starts have the same. */
  nextOwner(): string {
    return `${this.#owner}:${this.#starts++}`;
  }

  /** Begins anew, with what is still to be ended. Throws `disk-full` or `results-unwritable`. */
  async open(stillLive: LeftOver): Promise<void> {
    for (const session of stillLive.sessions) this.#live.set(keyOf(session), session);
    this.#owned = stillLive.owners;
    const owners = [...stillLive.owners, this.#owner].map((owner) =>
      JSON.stringify({ event: 'owner', owner }),
    );
    const starts = stillLive.sessions.map((session) => formatLine('start', session));
    await writeFileAtomically(this.#fileSystem, this.#file, [...owners, ...starts, ''].join('\n'));
    this.#writer = await LineWriter.open(this.#fileSystem, this.#file, { sync: false });
  }

  async noteStart(session: JournaledSession): Promise<void> {
    this.#live.set(keyOf(session), session);
    await this.#writer?.append(formatLine('start', session));
  }

  async noteEnd(session: SessionKey): Promise<void> {
    this.#live.delete(keyOf(session));
    await this.#writer?.append(formatLine('end', { id: session.id, controller: session.controller }));
  }

  /** Removes the file, unless sessions are left that could not be ended: the next evaluation tries that again. */
  async close(): Promise<void> {
    await this.#writer?.close();
    const isDone = this.#live.size === 0 && this.#owned.length === 0;
    if (this.#writer && isDone) await this.#fileSystem.rm(this.#file, { force: true });
    this.#writer = undefined;
  }
}

function keyOf(session: SessionKey): string {
  return `${session.controller} ${session.id}`;
}

function formatLine(event: 'start' | 'end', session: SessionKey): string {
  return JSON.stringify({ event, ...session });
}

function readOwner(line: string): readonly string[] {
  const entry = parseLine(line);
  const owner = isJsonObject(entry) && entry['event'] === 'owner' ? entry['owner'] : undefined;
  return typeof owner === 'string' ? [owner] : [];
}

function parseLine(line: string): unknown {
  try {
    return parseJson(line);
  } catch {
    return undefined;
  }
}

/** A line that cannot be read was cut off by the kill, before its session's first turn. */
function applyLine(live: Map<string, JournaledSession>, line: string): void {
  const entry = parseLine(line);
  if (!isJsonObject(entry)) return;
  const { event, id, controller, agent, task, name, index } = entry;
  if (typeof id !== 'number' || typeof controller !== 'string') return;
  if (event === 'end') live.delete(keyOf({ id, controller }));
  if (event !== 'start' || typeof agent !== 'string' || typeof task !== 'string' || typeof name !== 'string')
    return;
  if (typeof index !== 'number' && typeof index !== 'string') return;
  live.set(keyOf({ id, controller }), { id, controller, agent, task, name, index });
}
