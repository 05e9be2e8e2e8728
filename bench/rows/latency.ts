import { atMost, shown, type Figure } from '../figure.ts';
import type { LoadReport } from '../processes/load-report.ts';
import { startRelayBed, type Middle } from '../processes/relay-bed.ts';
import { alternate } from '../rounds.ts';
import type { BenchSettings } from '../settings.ts';
import { median } from '../statistics.ts';

const sessions = 64;
const goalsMs = new Map([
  [1, 0.5],
  [sessions, 5],
]);

/** What the controller adds to the latency of a turn: through it, minus straight to the worker, each with all sessions always busy. */
export async function measure(settings: BenchSettings): Promise<readonly Figure[]> {
  await using bed = await startRelayBed(settings, { sessions });
  const figures: Figure[] = [];
  for (const origin of [bed.controller.origin, bed.worker.origin]) await bed.warmUp(origin);
  for (const [concurrency, goal] of goalsMs) {
    const durationMs = settings.quick ? 1_000 : 4_000;
    const play = (middle: Middle) => () => bed.play(middle, { concurrency, durationMs });
    const variants = { through: play(bed.controller), direct: play(bed.worker) };
    const { through, direct } = await alternate(settings.rounds, variants);
    const addedOf = (field: 'p50Ms' | 'p99Ms') => medianDifference(field, through, direct);
    const at = `at ${concurrency} session${concurrency === 1 ? '' : 's'}`;
    figures.push(
      atMost(`p50 added ${at}`, addedOf('p50Ms'), { goal, unit: 'ms', digits: 2 }),
      shown(`p99 added ${at}`, addedOf('p99Ms'), { unit: 'ms', digits: 2 }),
    );
  }
  return figures;
}

function medianDifference(
  field: 'p50Ms' | 'p99Ms',
  through: readonly LoadReport[],
  direct: readonly LoadReport[],
): number {
  return median(through.map((report, round) => report[field] - (direct[round]?.[field] ?? NaN)));
}
