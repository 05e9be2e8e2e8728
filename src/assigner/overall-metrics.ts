import type { Json } from '../base/index.ts';
import { pickMainScore, type MainScore } from './main-score.ts';
import type { OverallMetric } from './results/index.ts';

export interface ScoredResult {
  /** What the task made of the scored samples. */
  readonly custom: Json;
  /** Samples behind it, and all of the task's. */
  readonly scored: number;
  readonly total: number;
  /** Has the task score all samples, the unscored as failures. Rejects when it cannot. */
  readonly scoreAll: () => Promise<Json>;
}

/** The main figure over the scored samples and over all; empty when the task has none. Never throws. */
export async function measureMetrics(result: ScoredResult): Promise<Readonly<Record<string, OverallMetric>>> {
  const main = pickMainScore(result.custom);
  if (!main) return {};
  return { [main.name]: await measureMetric(main, result) };
}

async function measureMetric(main: MainScore, result: ScoredResult): Promise<OverallMetric> {
  const { scored, total, scoreAll } = result;
  const { name, value } = main;
  if (scored === total) return { scored: value, all: value, how: 'scored by the task' };
  const all = await scoreAll().then(pickMainScore, () => undefined);
  if (all?.name === name && countsFailures(value, all.value))
    return { scored: value, all: all.value, how: 'scored by the task' };
  const isPassedOver = all === undefined || (all.name === name && all.value === value);
  if (isShare(value) && isPassedOver)
    return { scored: value, all: (value * scored) / total, how: 'share of all' };
  return { scored: value, all: null, how: 'not known' };
}

/**
 * The same figure as before comes of a task that passes over outcomes without a result, but for a share of nothing. A share that grows
 * with failures is one of which less is better, or odd: how it counts them cannot be told.
 */
function countsFailures(scored: number, all: number): boolean {
  if (!isShare(scored)) return all !== scored;
  return all < scored || (scored === 0 && all === 0);
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}
