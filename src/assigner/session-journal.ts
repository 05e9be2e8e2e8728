import { randomUUID } from 'node:crypto';
import {
  formatAnswer,
  formatEnd,
  formatLeftOver,
  formatSession,
  formatStart,
  readLeftOver,
  type JournaledAnswer,
  type JournaledSession,
  type JournaledStart,
  type LeftOver,
} from './journal-lines.ts';
import { LineWriter, writeFileAtomically, type FileSystem } from './results/index.ts';

/**
 * The sessions in flight, in a file of the output folder, so that the evaluation after one that was killed goes on with them: each start
 * and each answer is on disk before it is sent. All that is written rejects with `disk-full` or `results-unwritable`.
 */
export class SessionJournal {
  readonly #fileSystem: FileSystem;
  readonly #file: string;
  readonly #live = new Map<string, JournaledSession>();
  /** Those that are certain to be over, and whose sample's end is not recorded yet. */
  readonly #over = new Set<string>();
  /** Never that of an evaluation before: its sessions are ended by it, at any later time too. */
  readonly #owner = randomUUID();
  #starts = 0;
  /** Owners before this one whose sessions could not be ended. */
  #owned: readonly string[] = [];
  #writer: LineWriter | undefined;
  #rewriting: Promise<void> | undefined;
  /** Written since the file was last written anew. */
  #bytes = 0;
  readonly #mostBytes: number;

  constructor(fileSystem: FileSystem, file: string, { mostBytes = 32 * 2 ** 20 } = {}) {
    this.#fileSystem = fileSystem;
    this.#file = file;
    this.#mostBytes = mostBytes;
  }

  /** What an evaluation before this one left. */
  async readLeftOver(): Promise<LeftOver> {
    try {
      return readLeftOver(await this.#fileSystem.readFile(this.#file, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { sessions: [], owners: [] };
      throw error;
    }
  }

  /** The name of the next start, which is the owner of its session as well. */
  nextStartId(): string {
    return `${this.#owner}:${this.#starts++}`;
  }

  /** Begins anew, with what is still to be ended or gone on with. */
  async open(leftOver: LeftOver): Promise<void> {
    for (const session of leftOver.sessions) this.#live.set(session.startId, session);
    this.#owned = leftOver.owners;
    await writeFileAtomically(this.#fileSystem, this.#file, formatLeftOver(leftOver));
    this.#writer = await this.#openWriter();
  }

  /** Before the start is sent. One that was taken over from the evaluation before stands there already. */
  async noteStart(start: JournaledStart): Promise<void> {
    if (this.#live.has(start.startId)) return;
    await this.#write(formatStart(start), start);
  }

  async noteSession(startId: string, id: number): Promise<void> {
    const live = this.#live.get(startId);
    if (live && live.id !== id) await this.#write(formatSession(startId, id), { ...live, id });
  }

  /** Before the answer is sent. */
  async noteAnswer(startId: string, answer: JournaledAnswer): Promise<void> {
    const live = this.#live.get(startId);
    if (live) await this.#write(formatAnswer(startId, answer), { ...live, last: answer });
  }

  /** Nothing of this start is left at its controller. It stays in the file until it is settled, since its sample may not be recorded yet. */
  markOver(startId: string): void {
    this.#over.add(startId);
  }

  /** Those of `sessions` that no attempt of this evaluation has settled. */
  unsettled(sessions: readonly JournaledSession[]): readonly JournaledSession[] {
    const live = sessions.flatMap(({ startId }) => this.#live.get(startId) ?? []);
    return live.filter((session) => !session.isAbandoned);
  }

  /** The sample's end is recorded, or it waits again: the session is never gone on with, and forgotten if it is over. */
  async settle(startId: string): Promise<void> {
    const isOver = this.#over.delete(startId);
    const live = this.#live.get(startId);
    if (!live) return;
    if (isOver) this.#live.delete(startId);
    await this.#write(formatEnd(startId, isOver), isOver ? undefined : { ...live, isAbandoned: true });
  }

  /** Removes the file, unless sessions are left: the next evaluation sees to them. */
  async close(): Promise<void> {
    // Where it failed, whoever wrote was told.
    await this.#rewriting?.catch(() => undefined);
    await this.#writer?.close();
    const isDone = this.#live.size === 0 && this.#owned.length === 0;
    if (this.#writer && isDone) await this.#fileSystem.rm(this.#file, { force: true });
    this.#writer = undefined;
  }

  /** What the line makes of its session is known at once, so that a file that is written anew says it too. */
  async #write(line: string, session: JournaledSession | undefined): Promise<void> {
    if (session) this.#live.set(session.startId, session);
    this.#bytes += line.length;
    if (this.#bytes > this.#mostBytes) this.#rewriting ??= this.#rewrite();
    while (this.#rewriting) await this.#rewriting;
    // NOTE: no await between the check and the append, which a rewriting could use to close the file.
    await this.#writer?.append(line);
  }

  /** Leaves out what is over. What comes meanwhile waits; where it fails, the longer file stands and says the same. */
  async #rewrite(): Promise<void> {
    this.#bytes = 0;
    await this.#writer?.close();
    const leftOver = { sessions: [...this.#live.values()], owners: this.#owned };
    await writeFileAtomically(this.#fileSystem, this.#file, formatLeftOver(leftOver)).catch(() => undefined);
    this.#writer = await this.#openWriter();
    this.#rewriting = undefined;
  }

  #openWriter(): Promise<LineWriter> {
    return LineWriter.open(this.#fileSystem, this.#file, { sync: true });
  }
}
