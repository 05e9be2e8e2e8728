import { isJsonObject } from '../../base/index.ts';
import type { SampleStatus, TaskOutput } from '../../sdk/index.ts';
import { isCorrect } from './judge-answer.ts';
import type { DbBenchSample } from './sample-schema.ts';

const categories = [
  'other',
  'counting',
  'comparison',
  'ranking',
  'aggregation-SUM',
  'aggregation-MIN',
  'aggregation-MAX',
  'aggregation-AVG',
  'SELECT',
  'INSERT',
  'UPDATE',
] as const;

/** Whoever stops a sample from outside, as at a limit of its time, has no result of the task. */
const agentsDoing: ReadonlySet<SampleStatus> = new Set([
  'task limit reached',
  'agent context limit',
  'agent validation failed',
  'agent invalid action',
]);

type Category = (typeof categories)[number];
type Verdict = { readonly kind: string; readonly correct: boolean };

/**
 * `<category>_accuracy` for each category, 0 where it has no sample, and `overall_cat_accuracy`, the mean of SELECT,
 * INSERT and UPDATE. SELECT is everything that is neither INSERT nor UPDATE. Outcomes without a result do not count, as in AgentBench,
 * but for those that ended at a limit or by the agent's doing: these are wrong.
 */
export function scoreOutcomes(
  results: readonly TaskOutput[],
  samples: readonly DbBenchSample[],
): Readonly<Record<string, number>> {
  const verdicts = results.flatMap((output) => judge(output, samples[Number(output.index)]));
  const accuracy = (category: Category) => meanOf(verdicts.filter(({ kind }) => belongsTo(kind, category)));
  const byCategory = categories.map((category) => [`${category}_accuracy`, accuracy(category)] as const);
  return {
    ...Object.fromEntries(byCategory),
    overall_cat_accuracy: (accuracy('SELECT') + accuracy('INSERT') + accuracy('UPDATE')) / 3,
  };
}

function judge({ status, result }: TaskOutput, sample: DbBenchSample | undefined): Verdict[] {
  if (!sample) return [];
  if (result === null && agentsDoing.has(status)) return [{ kind: sample.kind, correct: false }];
  if (!isJsonObject(result)) return [];
  const { answer, type: kind } = result;
  if (typeof answer !== 'string' || typeof kind !== 'string') return [];
  return [{ kind, correct: isCorrect(answer, sample.expected) }];
}

function belongsTo(kind: string, category: Category): boolean {
  return kind === category || (category === 'SELECT' && kind !== 'INSERT' && kind !== 'UPDATE');
}

function meanOf(verdicts: readonly Verdict[]): number {
  return verdicts.length === 0 ? 0 : verdicts.filter(({ correct }) => correct).length / verdicts.length;
}
