import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { atMost, shown, type Figure } from '../figure.ts';
import { names, writeAssignmentFile, type EvaluationPlan } from '../processes/evaluation-files.ts';
import { playPlan } from '../processes/play-plan.ts';
import { runEverything } from '../processes/programs.ts';
import { alternate } from '../rounds.ts';
import { makeScratchFolder } from '../scratch.ts';
import type { BenchSettings } from '../settings.ts';
import { medianOf } from '../statistics.ts';

const samples = 500;
const concurrency = 64;
const plan: EvaluationPlan = {
  task: { module: 'echo', parameters: { samples, turns: 5, concurrency } },
  taskConcurrency: concurrency,
  agentConcurrency: concurrency,
};

interface Played {
  /** From the start of the process to its end. */
  readonly wallMs: number;
  /** From the first record to the last. */
  readonly recordsMs: number;
}

/** 500 echo samples of 5 turns, 64 at once: by one command that starts and stops everything, and by an assigner on a system that is there. */
export async function measure(settings: BenchSettings): Promise<readonly Figure[]> {
  const { everything, assigner } = await alternate(settings.rounds, {
    everything: () => playByRun(settings),
    assigner: () => playByAssigner(settings),
  });
  const seconds = { unit: 's', digits: 2 };
  const secondsOf = (rounds: readonly Played[], of: keyof Played) =>
    medianOf(rounds, (played) => played[of] / 1000);
  return [
    atMost('`proctor run`, start to end', secondsOf(everything, 'wallMs'), { goal: 1, ...seconds }),
    shown('`proctor assigner`, start to end', secondsOf(assigner, 'wallMs'), seconds),
    shown('from its first record to its last', secondsOf(assigner, 'recordsMs'), seconds),
  ];
}

async function playByRun(settings: BenchSettings): Promise<Played> {
  await using folder = await makeScratchFolder(settings.scratch);
  const config = await writeAssignmentFile(folder, plan);
  const wallMs = await runEverything(settings, { config, output: 'out', cwd: folder.path });
  return { wallMs, recordsMs: await readSpan(folder.path) };
}

async function playByAssigner(settings: BenchSettings): Promise<Played> {
  await using folder = await makeScratchFolder(settings.scratch);
  const wallMs = await playPlan(settings, folder, plan);
  return { wallMs, recordsMs: await readSpan(folder.path) };
}

/** Throws unless every sample has its record. */
async function readSpan(folder: string): Promise<number> {
  const text = await readFile(path.join(folder, 'out', names.agent, names.task, 'runs.jsonl'), 'utf8');
  const times = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { readonly time: { readonly timestamp: number } }).time.timestamp);
  if (times.length !== samples) throw new Error(`${times.length} of ${samples} samples have a record`);
  return Math.max(...times) - Math.min(...times);
}
