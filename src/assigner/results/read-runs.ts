import type { SampleIndex, SampleStatus } from '../../protocol/index.ts';
import type { FileSystem } from './file-system.ts';
import { readLines } from './read-lines.ts';
import { isScored } from '../scored.ts';
import { parseRunLine, type FinishedRun } from './run-line.ts';
import { scanRunLine } from './scan-run-line.ts';

export interface RunsFile {
  readonly fileSystem: FileSystem;
  readonly file: string;
  /** The task's samples. */
  readonly indices: { has(index: SampleIndex): boolean };
  /** Told of each line that is left out, with its number. */
  readonly warn: (message: string) => void;
}

/**
 * The finished runs in a file, one an index: the first whose outcome is the agent's own. Those of others' doing, as the reference writes
 * down a task's error, and lines that are no runs, stay in the file and are reported. Places of outputs are those in the file.
 */
export async function* readRuns(runs: RunsFile): AsyncGenerator<FinishedRun> {
  const { fileSystem, file, indices, warn } = runs;
  const seen = new Set<SampleIndex>();
  let number = 0;
  const unscored = new Set<SampleIndex>();
  for await (const { bytes, offset } of readLines(fileSystem, file)) {
    number++;
    const run = scanRunLine(bytes) ?? parseRunLine(bytes);
    if (!run && bytes.toString('utf8').trim() === '') continue;
    if (!run) warn(`${file}:${number}: not a finished run; it is left as it is and not counted`);
    else if (!indices.has(run.index))
      warn(`${file}:${number}: the task has no sample ${JSON.stringify(run.index)}; not counted`);
    else if (!isScored(run.cause)) unscored.add(run.index);
    else if (seen.has(run.index))
      warn(`${file}:${number}: sample ${JSON.stringify(run.index)} is there already; the first run counts`);
    else {
      seen.add(run.index);
      yield moveOutput(run, offset);
    }
  }
  const open = [...unscored].filter((index) => !seen.has(index));
  if (open.length === 0) return;
  warn(`${file}: ${open.length} runs did not end by the agent's own doing; these samples are played again`);
}

function moveOutput(run: FinishedRun, offset: number): FinishedRun {
  const { output } = run;
  return { ...run, output: { ...output, start: output.start + offset, end: output.end + offset } };
}

export interface DoneSamples {
  readonly indices: ReadonlySet<SampleIndex>;
  readonly statuses: ReadonlyMap<SampleStatus, number>;
  /** How long they were played, of those whose lines say so. */
  readonly seconds: ReadonlyMap<SampleIndex, number>;
}

/** Which samples are done, how they ended, and how long they took; nothing else of them is kept. */
export async function readDone(runs: RunsFile): Promise<DoneSamples> {
  const indices = new Set<SampleIndex>();
  const statuses = new Map<SampleStatus, number>();
  const lengths = new Map<SampleIndex, number>();
  for await (const { index, status, seconds } of readRuns(runs)) {
    indices.add(index);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (seconds !== undefined) lengths.set(index, seconds);
  }
  return { indices, statuses, seconds: lengths };
}
