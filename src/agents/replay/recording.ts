import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { coerceError, isJsonObject, ProctorError, type Json } from '../../base/index.ts';
import type { AgentOutput, SampleIndex } from '../../protocol/index.ts';
import { contextLimit, normalAnswer } from '../answers.ts';
import { indexRuns, readLineAt, type LinePlace } from './line-index.ts';

/** Which answer of a recording is wanted; `turn` counts from 0. */
export interface RecordedTurn {
  readonly task: string;
  readonly index: SampleIndex;
  readonly turn: number;
  readonly signal: AbortSignal;
}

type Runs = { readonly file: string; readonly places: ReadonlyMap<SampleIndex, LinePlace> };

/** The answers of an earlier evaluation: a file of runs, or an agent's folder with one in each task's folder. */
export class Recording {
  readonly #path: string;
  readonly #runs = new Map<string, Promise<Runs>>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws `file-missing`, or `recording-lacks-answer` when the sample or the turn is not there. */
  async answer(wanted: RecordedTurn): Promise<AgentOutput> {
    const { file, places } = await this.#find(wanted.task);
    wanted.signal.throwIfAborted();
    const place = places.get(wanted.index);
    if (!place) throw lacking(wanted, file, 'the sample is not in it');
    const answers = await readAnswers(wanted, { file, place });
    const answer = answers[wanted.turn];
    if (!answer) throw lacking(wanted, file, `it has ${answers.length} answers for the sample`);
    return answer;
  }

  /** The index outlives the sample that needed it first, so it is not made under that sample's signal. */
  #find(task: string): Promise<Runs> {
    const known = this.#runs.get(task);
    if (known) return known;
    const search = this.#open(task);
    this.#runs.set(task, search);
    search.catch(() => this.#runs.delete(task));
    return search;
  }

  async #open(task: string): Promise<Runs> {
    const candidates = [join(this.#path, task, 'runs.jsonl'), join(this.#path, 'runs.jsonl'), this.#path];
    for (const file of candidates) {
      if (await isFile(file)) return { file, places: await indexRuns(file) };
    }
    throw new ProctorError('file-missing', { file: candidates[0] ?? this.#path }, { where: this.#path });
  }
}

async function readAnswers(
  wanted: RecordedTurn,
  { file, place }: { file: string; place: LinePlace },
): Promise<readonly AgentOutput[]> {
  let record: Json;
  try {
    record = await readLineAt(file, place);
  } catch (error) {
    throw lacking(wanted, file, `its line cannot be read: ${coerceError(error).message}`);
  }
  const output = isJsonObject(record) ? record.output : undefined;
  const history = isJsonObject(output) ? output.history : undefined;
  if (!isJsonObject(output) || !Array.isArray(history))
    throw lacking(wanted, file, 'its line has no history');
  const answers = (history as readonly Json[]).filter(isAnswer).map(({ content }) => textOf(content));
  // A history has the status word in the place of an answer that had no words.
  const endedFull = output.status === contextLimit.status && answers.at(-1) === contextLimit.status;
  return answers.map((text, turn) =>
    endedFull && turn === answers.length - 1 ? contextLimit : normalAnswer(text),
  );
}

function isAnswer(item: Json): item is { readonly role: Json; readonly content: Json } {
  return (
    isJsonObject(item) && (item.role === 'agent' || item.role === 'assistant') && item.content !== undefined
  );
}

function textOf(content: Json): string {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : '';
  return (content as readonly Json[])
    .map((part) => (isJsonObject(part) && typeof part.text === 'string' ? part.text : ''))
    .join('');
}

function lacking({ task, index, turn }: RecordedTurn, file: string, reason: string): ProctorError {
  const parameters = { task, index, turn: turn + 1, reason };
  return new ProctorError('recording-lacks-answer', parameters, { where: file });
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
