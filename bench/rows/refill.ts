import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { atMost, shown, type Figure } from '../figure.ts';
import { playPlan } from '../processes/play-plan.ts';
import { repeat } from '../rounds.ts';
import { makeScratchFolder, type ScratchFolder } from '../scratch.ts';
import type { BenchSettings } from '../settings.ts';
import { medianOf, percentile } from '../statistics.ts';
import type { SlotLog, SlotLogParameters } from '../tasks/slot-log-task.ts';

const slots = 64;
const taskFile = fileURLToPath(new URL('../tasks/slot-log-task.js', import.meta.url));

/**
 * From a sample's end at its worker to the start of the next one on that slot, through the real assigner and controller: the last
 * reply, the record on disk, the scheduler's decision, the new start. Samples last so long that the system is mostly idle; under
 * full load the figure would be a queue's.
 */
export async function measure(settings: BenchSettings): Promise<readonly Figure[]> {
  const measured = await repeat(settings.rounds, async () => {
    await using folder = await makeScratchFolder(settings.scratch);
    const gaps = pairGaps(await playOnce(settings, folder));
    return { p50: percentile(gaps, 0.5), p99: percentile(gaps, 0.99), count: gaps.length };
  });
  const milliseconds = { unit: 'ms', digits: 1 };
  return [
    atMost(
      'p50 from end to start',
      medianOf(measured, (round) => round.p50),
      { goal: 5, ...milliseconds },
    ),
    atMost(
      'p99 from end to start',
      medianOf(measured, (round) => round.p99),
      { goal: 25, ...milliseconds },
    ),
    shown(
      'refills a round',
      medianOf(measured, (round) => round.count),
    ),
  ];
}

async function playOnce(settings: BenchSettings, folder: ScratchFolder): Promise<SlotLog> {
  const logFile = path.join(folder.path, 'slots.json');
  const parameters: SlotLogParameters = {
    samples: slots * (settings.quick ? 4 : 16),
    turns: 4,
    shortestMs: 100,
    longestMs: 300,
    seed: settings.seed,
    logFile,
  };
  const task = { module: `${taskFile}#SlotLogTask`, parameters: { ...parameters, concurrency: slots } };
  // The worker's slots are what limits: agent and evaluation could play twice as many.
  const plan = { task, taskConcurrency: 2 * slots, agentConcurrency: 2 * slots };
  await playPlan(settings, folder, plan);
  return JSON.parse(await readFile(logFile, 'utf8')) as SlotLog;
}

/**
 * The first starts fill the slots; each further one takes the slot of an end: the i-th end that of the i-th start after those. Which
 * of the free slots a start takes makes no difference to the sum, and in this order the gaps are those of a queue.
 */
function pairGaps({ startsMs, endsMs }: SlotLog): readonly number[] {
  const refills = [...startsMs].sort((left, right) => left - right).slice(slots);
  const ends = [...endsMs].sort((left, right) => left - right);
  return refills.map((startMs, position) => startMs - (ends[position] ?? NaN));
}
