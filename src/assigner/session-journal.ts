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

/**
 * The sessions in flight, in a file of the output folder: an evaluation that was killed leaves in it which sessions it held, so that the
 * next one can end them. It is written before the first turn; it is not synced, since a machine that went down took the sessions along
 * or cannot tell.
 */
export class SessionJournal {
  readonly #fileSystem: FileSystem;
  readonly #file: string;
  readonly #live = new Map<string, JournaledSession>();
  #writer: LineWriter | undefined;

  constructor(fileSystem: FileSystem, file: string) {
    this.#fileSystem = fileSystem;
    this.#file = file;
  }

  /** The sessions that an evaluation before this one did not end. */
  async readLeftOver(): Promise<readonly JournaledSession[]> {
    let text: string;
    try {
      text = await this.#fileSystem.readFile(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    const live = new Map<string, JournaledSession>();
    for (const line of text.split('\n')) applyLine(live, line);
    return [...live.values()];
  }

  /** Begins anew, with the sessions that are still to be ended. Throws `disk-full` or `results-unwritable`. */
  async open(stillLive: readonly JournaledSession[]): Promise<void> {
    for (const session of stillLive) this.#live.set(keyOf(session), session);
    const lines = stillLive.map((session) => formatLine('start', session) + '\n');
    await writeFileAtomically(this.#fileSystem, this.#file, lines.join(''));
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
    if (this.#writer && this.#live.size === 0) await this.#fileSystem.rm(this.#file, { force: true });
    this.#writer = undefined;
  }
}

function keyOf(session: SessionKey): string {
  return `${session.controller} ${session.id}`;
}

function formatLine(event: 'start' | 'end', session: SessionKey): string {
  return JSON.stringify({ event, ...session });
}

/** A line that cannot be read was cut off by the kill, before its session's first turn. */
function applyLine(live: Map<string, JournaledSession>, line: string): void {
  let entry: unknown;
  try {
    entry = parseJson(line);
  } catch {
    return;
  }
  if (!isJsonObject(entry)) return;
  const { event, id, controller, agent, task, name, index } = entry;
  if (typeof id !== 'number' || typeof controller !== 'string') return;
  if (event === 'end') live.delete(keyOf({ id, controller }));
  if (event !== 'start' || typeof agent !== 'string' || typeof task !== 'string' || typeof name !== 'string')
    return;
  if (typeof index !== 'number' && typeof index !== 'string') return;
  live.set(keyOf({ id, controller }), { id, controller, agent, task, name, index });
}
