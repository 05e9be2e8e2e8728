import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger, systemClock } from '../../base/index.ts';
import type { TaskOutput } from '../../sdk/index.ts';
import { playSample } from '../../testing/play-sample.ts';
import { sharedData, sharedDataMissing } from '../../testing/shared-data.ts';
import { DbBenchTask } from './index.ts';

/** The indices of the samples that the oracle does not solve, and the figures. */
async function playOracle(dataFile: string | undefined) {
  const parameters = DbBenchTask.parameters.parse({ data_file: dataFile });
  const task = new DbBenchTask(parameters, {
    name: 'db',
    folder: '/',
    log: silentLogger,
    clock: systemClock,
  });
  try {
    const results: TaskOutput[] = [];
    for (const index of await task.getIndices()) {
      const { outcome, history } = await playSample(task, index, {
        agent: (shown) => task.oracle(index, shown),
      });
      results.push({ index, history, ...outcome });
    }
    return { played: results.length, figures: await task.calculateOverall(results) };
  } finally {
    await task.release();
  }
}

const everything = {
  other_accuracy: 1,
  counting_accuracy: 1,
  comparison_accuracy: 1,
  ranking_accuracy: 1,
  'aggregation-SUM_accuracy': 1,
  'aggregation-MIN_accuracy': 1,
  'aggregation-MAX_accuracy': 1,
  'aggregation-AVG_accuracy': 1,
  SELECT_accuracy: 1,
  INSERT_accuracy: 1,
  UPDATE_accuracy: 1,
  overall_cat_accuracy: 1,
};

describe('the oracle on the embedded engine', () => {
  it.skipIf(!sharedData)(
    `solves every one of the 60 real samples${sharedData ? '' : ` (${sharedDataMissing})`}`,
    async () => {
      const dataFile = path.join(sharedData ?? '', 'agentbench/dbbench/dev.jsonl');
      expect(await playOracle(dataFile)).toEqual({ played: 60, figures: everything });
    },
    60_000,
  );
});
