import { isJsonObject, type JsonObject } from '../../base/index.ts';
import type { TaskOutput } from '../../sdk/index.ts';

/** The mean score and the number of samples; a sample that was not completed counts 0, and no samples give 0. */
export function scoreEchoes(results: readonly TaskOutput[]): JsonObject {
  const scores = results.map(({ status, result }) =>
    status === 'completed' && isJsonObject(result) && typeof result['score'] === 'number'
      ? result['score']
      : 0,
  );
  const sum = scores.reduce((total, score) => total + score, 0);
  return { score: scores.length === 0 ? 0 : sum / scores.length, n: scores.length };
}
