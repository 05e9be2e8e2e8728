import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvaluationPlan } from '../assigner/index.ts';
import type { SampleIndex } from '../protocol/index.ts';
import type { EvaluationBench } from './evaluation-bench.ts';

interface JournalLine {
  readonly event: string;
  readonly start_id: string;
  readonly index: SampleIndex;
  readonly turn: number;
}

/** What `kill -9` left: the output folder at that moment, and which answers its journal had. */
export interface KilledEvaluation {
  readonly folder: string;
  /** `index:turn` of each. */
  readonly answered: readonly string[];
}

/**
 * Plays until the given request and leaves everything as `kill -9` would at that moment: files, sessions, the lock. That request is carried
 * out, but nobody reads its reply, and nothing is sent any more.
 */
export async function killAtRequest(
  bench: EvaluationBench,
  request: number,
  changes: Partial<EvaluationPlan> = {},
): Promise<KilledEvaluation> {
  const folder = join(bench.root, 'killed');
  const { transport } = bench;
  const never = new Promise<never>(() => undefined);
  let requests = 0;
  let isDead = false;
  let die: () => void = () => undefined;
  const dead = new Promise<void>((resolve) => (die = resolve));
  bench.transport = async (call) => {
    if (isDead) return never;
    const isLast = ++requests === request;
    const reply = await transport(call);
    if (isDead) return never;
    if (!isLast) return reply;
    isDead = true;
    cpSync(bench.folder, folder, { recursive: true });
    die();
    return never;
  };
  const playing = bench.start(changes);
  playing.catch(() => undefined);
  await bench.finish(Promise.race([dead, playing]));
  if (!isDead) throw new Error(`the evaluation ended before request ${request}`);
  orphanLock(folder);
  return { folder, answered: readAnswers(join(folder, '.sessions.jsonl')) };
}

/** Makes the lock that of a process that is gone. */
function orphanLock(folder: string): void {
  const lock = join(folder, '.lock');
  const deadPid = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();
  const text = readFileSync(lock, 'utf8');
  const orphaned = text.replace(`"pid":${process.pid}`, `"pid":${deadPid}`);
  if (orphaned === text) throw new Error(`the lock does not name this process: ${text}`);
  writeFileSync(lock, orphaned);
}

function readAnswers(journal: string): readonly string[] {
  const indexOf = new Map<string, SampleIndex>();
  const answered: string[] = [];
  for (const text of readFileSync(journal, 'utf8').split('\n')) {
    if (!text.endsWith('}')) continue;
    const line = JSON.parse(text) as JournalLine;
    if (line.event === 'start') indexOf.set(line.start_id, line.index);
    if (line.event === 'answer') answered.push(`${indexOf.get(line.start_id)}:${line.turn}`);
  }
  return answered;
}
