import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isJsonObject, parseJson, type Json, type JsonObject } from '../base/index.ts';
import type { SampleIndex } from '../protocol/index.ts';
import type { StruckFault, WorkerName } from './fault.ts';

/** One line of an agent's `runs.jsonl` or `error.jsonl`. */
export type RunLine = {
  readonly agent: string;
  readonly index: SampleIndex | null;
  readonly status: string | undefined;
  readonly cause: string | undefined;
  readonly session: number | undefined;
  /** What the agent says in its history, in order. */
  readonly answers: readonly string[];
  readonly timeMs: number;
};

/** One step that a worker's environment took: it got the answer to this turn of this session. */
export type Step = {
  readonly worker: WorkerName;
  readonly session: number;
  readonly index: SampleIndex;
  readonly turn: number;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
};

/** What a run left behind, as the verdict is found from it. */
export type Evidence = {
  readonly agents: readonly string[];
  readonly samplesPerAgent: number;
  readonly turnsPerSample: number;
  readonly runs: readonly RunLine[];
  readonly failures: readonly RunLine[];
  /** Places of lines that cannot be read. */
  readonly torn: readonly string[];
  readonly steps: readonly Step[];
  readonly faults: readonly StruckFault[];
};

/** Lines of a file of results, read as they are, and the places of those that are none. */
export async function readRunLines(
  folder: string,
  { agent, file }: { readonly agent: string; readonly file: string },
): Promise<{ readonly lines: readonly RunLine[]; readonly torn: readonly string[] }> {
  const { lines, torn } = await readJsonLines(path.join(folder, file));
  return { lines: lines.map((line) => parseRunLine(agent, line)), torn };
}

/** The steps that a worker's environment wrote down. */
export async function readSteps(
  file: string,
  worker: WorkerName,
): Promise<{ readonly steps: readonly Step[]; readonly torn: readonly string[] }> {
  const { lines, torn } = await readJsonLines(file);
  const steps = lines.map(({ session, index, turn, timestamp }) => ({
    worker,
    session: Number(session),
    index: index as SampleIndex,
    turn: Number(turn),
    timeMs: Number(timestamp),
  }));
  return { steps, torn };
}

/** Whole lines, parsed; a file that is not there has none. The place of one that cannot be read is `file:line`. */
export async function readJsonLines(
  file: string,
): Promise<{ readonly lines: readonly JsonObject[]; readonly torn: readonly string[] }> {
  const parts = (await readIfThere(file)).split('\n');
  // After the last line's end nothing may come.
  const torn = parts.pop() === '' ? [] : [`${file}:${parts.length + 1}`];
  const lines: JsonObject[] = [];
  for (const [position, part] of parts.entries()) {
    const value = parseLine(part);
    if (isJsonObject(value)) lines.push(value);
    else torn.push(`${file}:${position + 1}`);
  }
  return { lines, torn };
}

function parseRunLine(agent: string, line: JsonObject): RunLine {
  const { index, output, cause, session_id, time } = line;
  const status = isJsonObject(output) ? output['status'] : undefined;
  const timestamp = isJsonObject(time) ? time['timestamp'] : undefined;
  return {
    agent,
    index: typeof index === 'number' || typeof index === 'string' ? index : null,
    status: typeof status === 'string' ? status : undefined,
    cause: typeof cause === 'string' ? cause : undefined,
    session: typeof session_id === 'number' ? session_id : undefined,
    answers: isJsonObject(output) ? readAnswers(output['history']) : [],
    timeMs: Number(timestamp),
  };
}

function readAnswers(history: Json | undefined): readonly string[] {
  const items = Array.isArray(history) ? history : [];
  return items.flatMap((item) =>
    isJsonObject(item) && item['role'] === 'agent' ? [String(item['content'])] : [],
  );
}

function parseLine(line: string): Json | undefined {
  try {
    return parseJson(line);
  } catch {
    return undefined;
  }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
