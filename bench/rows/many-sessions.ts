import { atMost, shown, type Figure } from '../figure.ts';
import { readPeakRssMiB } from '../processes/process-facts.ts';
import { startRelayBed, type RelayBed } from '../processes/relay-bed.ts';
import { repeat } from '../rounds.ts';
import type { BenchSettings } from '../settings.ts';
import { medianOf } from '../statistics.ts';

const workers = 20;
const turnsPerSecond = 1_000;
/** Clients of a controller share connections; these are the most at once. */
const connections = 256;

/** Thousands of sessions that think most of the time: turns fall due at a fixed rate, and at the end nothing may be left. */
export async function measure(settings: BenchSettings): Promise<readonly Figure[]> {
  const sessions = settings.quick ? 2_000 : 10_000;
  const durationMs = settings.quick ? 5_000 : 60_000;
  // A minute is long enough to be one round's own median; more than three tell nothing new.
  const rounds = Math.min(3, settings.rounds);
  const measured = await repeat(rounds, async () => {
    await using bed = await startRelayBed(settings, { workers, sessions });
    const { origin, pid } = bed.controller;
    const load = { origin, connections, turnsPerSecond };
    await bed.generator.call('playAtRate', { ...load, durationMs: 2_000, seed: settings.seed + 1 });
    const report = await bed.generator.call('playAtRate', { ...load, durationMs, seed: settings.seed });
    if (report.firstError !== undefined) settings.log(report.firstError);
    const { failures, endsPerSecond } = await bed.generator.call('close', { origin });
    const peakRssMiB = readPeakRssMiB(pid);
    return {
      ...report,
      startsPerSecond: bed.startsPerSecond,
      endsPerSecond,
      peakRssMiB,
      left: failures + (await countLeft(bed)),
    };
  });
  const most = (of: (round: (typeof measured)[number]) => number) => Math.max(...measured.map(of));
  const milliseconds = { unit: 'ms', digits: 1 };
  return [
    atMost(
      'failed turns',
      most((round) => round.errors),
      { goal: 0 },
    ),
    atMost(
      'p99 of a turn',
      medianOf(measured, (round) => round.p99Ms),
      { goal: 50, ...milliseconds },
    ),
    shown(
      'p50 of a turn',
      medianOf(measured, (round) => round.p50Ms),
      milliseconds,
    ),
    shown(
      'turns answered',
      medianOf(measured, (round) => round.turnsPerSecond),
      { unit: 'turns/s' },
    ),
    atMost(
      'most memory of the controller',
      most((round) => round.peakRssMiB),
      { goal: 400, unit: 'MiB' },
    ),
    atMost(
      'sessions and slots left after',
      most((round) => round.left),
      { goal: 0 },
    ),
    shown(
      'sessions started',
      medianOf(measured, (round) => round.startsPerSecond),
      { unit: '/s' },
    ),
    shown(
      'sessions cancelled',
      medianOf(measured, (round) => round.endsPerSecond),
      { unit: '/s' },
    ),
  ];
}

/** What controller and workers still hold when all sessions were cancelled. */
async function countLeft({ controller, stub }: RelayBed): Promise<number> {
  const sessions = (await ask(controller.origin, 'list_sessions')) as object;
  const tasks = (await ask(controller.origin, 'list_workers')) as Record<string, ListedTask>;
  const slots = Object.values(tasks).flatMap((task) =>
    Object.values(task.workers).map((worker) => worker.current),
  );
  const atWorkers = await stub.call('look', {});
  return Object.keys(sessions).length + slots.reduce((sum, current) => sum + current, 0) + atWorkers.sessions;
}

interface ListedTask {
  readonly workers: Readonly<Record<string, { readonly current: number }>>;
}

async function ask(origin: string, operation: string): Promise<unknown> {
  const response = await fetch(`${origin}/api/${operation}`);
  return response.json();
}
