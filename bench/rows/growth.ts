import { atLeast, formatNumber, shown, type Figure } from '../figure.ts';
import { startRelayBed, type Rate, type RelayBedPlan } from '../processes/relay-bed.ts';
import { alternate } from '../rounds.ts';
import type { BenchSettings } from '../settings.ts';
import { medianOf } from '../statistics.ts';

const concurrency = 64;

/**
 * The relay's rate with more and more open sessions, and with more and more samples in its task. Each level has a controller of its
 * own, since the workers of an idle one would go on sending it heartbeats.
 */
export async function measure(settings: BenchSettings): Promise<readonly Figure[]> {
  const sessionLevels = settings.quick ? [100, 1_000] : [100, 1_000, 10_000];
  const indexLevels = settings.quick ? [100, 100_000] : [100, 1_000, 10_000, 100_000, 1_000_000];
  return [
    ...(await measureLevels(settings, 'open sessions', sessionLevels, (sessions) => ({ sessions }))),
    ...(await measureLevels(settings, 'indices', indexLevels, (indices) => ({
      sessions: concurrency,
      indices,
    }))),
  ];
}

async function measureLevels(
  settings: BenchSettings,
  what: string,
  levels: readonly number[],
  planFor: (level: number) => RelayBedPlan,
): Promise<readonly Figure[]> {
  const variants = Object.fromEntries(
    // With a letter in front, since a record's numeric keys would be put in another order.
    levels.map((level) => [`n${level}`, () => measureLevel(settings, planFor(level))]),
  );
  const measured = await alternate(settings.rounds, variants);
  const medians = levels.map((level) => ({ level, ...medianRate(measured[`n${level}`] ?? []) }));
  const spreadOf = (of: (rate: MedianRate) => number) =>
    Math.min(...medians.map(of)) / Math.max(...medians.map(of));
  const spread = spreadOf((rate) => rate.turnsPerSecond);
  return [
    atLeast(`slowest ÷ fastest over ${what}`, spread, { goal: 0.9, digits: 2 }),
    shown(
      `the same, by processor time a turn`,
      spreadOf((rate) => rate.cpuMicrosPerTurn),
      { digits: 2 },
    ),
    ...medians.map(({ level, ...rate }) => ({
      name: `with ${formatNumber(level, {})} ${what}`,
      measured: describeRate(rate),
    })),
  ];
}

type MedianRate = Pick<Rate, 'turnsPerSecond' | 'p99Ms' | 'cpuMicrosPerTurn'>;

function medianRate(rates: readonly Rate[]): MedianRate {
  return {
    turnsPerSecond: medianOf(rates, (rate) => rate.turnsPerSecond),
    p99Ms: medianOf(rates, (rate) => rate.p99Ms),
    cpuMicrosPerTurn: medianOf(rates, (rate) => rate.cpuMicrosPerTurn),
  };
}

function describeRate({ turnsPerSecond, p99Ms, cpuMicrosPerTurn }: MedianRate): string {
  return [
    formatNumber(turnsPerSecond, { unit: 'turns/s' }),
    `p99 ${formatNumber(p99Ms, { unit: 'ms' })}`,
    `${formatNumber(cpuMicrosPerTurn, { unit: 'µs' })} a turn`,
  ].join(', ');
}

async function measureLevel(settings: BenchSettings, plan: RelayBedPlan): Promise<Rate> {
  // As long as the pause between two heartbeats, so that each level has its share of them.
  const durationMs = settings.quick ? 2_000 : 8_000;
  await using bed = await startRelayBed(settings, { ...plan, heartbeatEveryMs: durationMs });
  await bed.warmUp(bed.controller.origin);
  return await bed.play(bed.controller, { concurrency, durationMs });
}
