import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger, systemClock } from '../../base/index.ts';
import type { SampleIndex, TaskOutput } from '../../sdk/index.ts';
import { playSample } from '../../testing/play-sample.ts';
import { sharedData, sharedDataMissing } from '../../testing/shared-data.ts';
import { DbBenchTask } from './task.ts';

export interface OracleFixture {
  /** The task's `database`, when it is known. */
  readonly database: () => object;
  /** Why the engine cannot be tested here. */
  readonly skip?: string | undefined;
}

const playLimitMs = 120_000;

/** The label, played by the oracle, is right for every sample. */
export function describeOracle(name: string, { database, skip }: OracleFixture): void {
  describe.skipIf(skip !== undefined)(
    `the oracle on ${name}${skip === undefined ? '' : ` (${skip})`}`,
    () => {
      it(
        "is right on each of the project's own samples",
        async () => {
          const { missed, overall } = await playAll({ database: database() });
          expect(missed).toEqual([]);
          expect(Object.values(overall as object)).toEqual(Array.from({ length: 12 }, () => 1));
        },
        playLimitMs,
      );

      const realSamples = sharedData && path.join(sharedData, 'agentbench/dbbench/dev.jsonl');
      it.skipIf(realSamples === undefined)(
        `is right on each real sample${realSamples === undefined ? ` (${sharedDataMissing})` : ''}`,
        async () => {
          const { missed, overall, results } = await playAll({
            database: database(),
            data_file: realSamples,
          });
          expect(results).toHaveLength(60);
          expect(missed).toEqual([]);
          expect(overall).toMatchObject({ SELECT_accuracy: 1, overall_cat_accuracy: 1 });
        },
        playLimitMs,
      );
    },
  );
}

async function playAll(parameters: object) {
  const context = { name: 'dbbench', folder: '/', log: silentLogger, clock: systemClock };
  const task = new DbBenchTask(DbBenchTask.parameters.parse(parameters), context);
  try {
    const results: TaskOutput[] = [];
    for (const index of await task.getIndices()) {
      const { outcome, history } = await playSample(task, index, {
        agent: (shown) => task.oracle(index, shown),
      });
      results.push({ index, history, ...outcome });
    }
    const overall = await task.calculateOverall(results);
    const missed: (SampleIndex | null)[] = [];
    for (const output of results) if (!(await isRight(task, output))) missed.push(output.index);
    return { results, missed, overall };
  } finally {
    await task.release();
  }
}

/** Alone, a right answer gives its category 1, and the others stay 0. */
async function isRight(task: DbBenchTask, output: TaskOutput): Promise<boolean> {
  const { SELECT_accuracy, INSERT_accuracy, UPDATE_accuracy } = (await task.calculateOverall([
    output,
  ])) as Record<string, number>;
  return output.status === 'completed' && [SELECT_accuracy, INSERT_accuracy, UPDATE_accuracy].includes(1);
}
