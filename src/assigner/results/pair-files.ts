import { join } from 'node:path';
import { coerceError, ProctorError } from '../../base/index.ts';
import type { RunRecord } from '../../protocol/index.ts';
import type { FileSystem } from './file-system.ts';
import { LineWriter } from './line-writer.ts';
import { makeFolder } from './make-folder.ts';
import { repairTail } from './repair-tail.ts';
import { formatRunLine } from './run-line.ts';
import { describeWriteError } from './write-error.ts';

/** The folder of one agent on one task: where its lines go. Files are made when their first line comes. */
export class PairFiles {
  readonly runs: string;
  readonly errors: string;
  readonly overall: string;
  readonly #fileSystem: FileSystem;
  readonly #writers = new Map<string, Promise<LineWriter>>();
  #removal: Promise<void> | undefined;

  constructor(fileSystem: FileSystem, folder: string) {
    this.#fileSystem = fileSystem;
    this.runs = join(folder, 'runs.jsonl');
    this.errors = join(folder, 'error.jsonl');
    this.overall = join(folder, 'overall.json');
  }

  /** Makes the folder, and the files' ends whole. Tells of what it had to repair; throws `file-unwritable`, `disk-full`. */
  async prepare(warn: (message: string) => void): Promise<void> {
    const folder = join(this.runs, '..');
    try {
      await makeFolder(this.#fileSystem, folder);
    } catch (error) {
      const reason = coerceError(error).message;
      throw new ProctorError('file-unwritable', { file: folder, reason }, { cause: error });
    }
    for (const file of [this.runs, this.errors]) {
      const repair = await repairTail(this.#fileSystem, file);
      if (repair === 'cut')
        warn(`${file}: the last line was torn and has been removed; a sample it spoke of is played again`);
    }
  }

  /**
   * Resolves when the record is on disk: finished runs and failures each in their own file. With the first run an overall result that
   * does not count it is gone. Throws `disk-full` or `results-unwritable`.
   */
  async append(record: RunRecord): Promise<void> {
    const file = record.error === null ? this.runs : this.errors;
    const opened = this.#writers.get(file) ?? LineWriter.open(this.#fileSystem, file, { sync: true });
    this.#writers.set(file, opened);
    const writer = await opened;
    await writer.append(formatRunLine(record));
    // Only now: until a run is added the figures hold.
    if (file === this.runs) await (this.#removal ??= this.#removeOverall());
  }

  async close(): Promise<void> {
    for (const opened of this.#writers.values()) {
      const writer = await opened.catch(() => undefined);
      await writer?.close();
    }
    this.#writers.clear();
  }

  async #removeOverall(): Promise<void> {
    try {
      await this.#fileSystem.rm(this.overall, { force: true });
    } catch (error) {
      throw describeWriteError(this.overall, error);
    }
  }
}
