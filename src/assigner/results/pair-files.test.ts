import { describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { EvaluationBench } from '../../testing/evaluation-bench.ts';
import { PairFiles } from './pair-files.ts';
import { stampTime } from './run-line.ts';

describe('the files of a pair', () => {
  it('sync runs that end at once together', async () => {
    using bench = new EvaluationBench();
    const files = new PairFiles(bench.fileSystem, join(bench.folder, 'a/t'));
    await files.prepare(() => undefined);
    const append = (index: number) =>
      files.append({
        index,
        error: null,
        info: null,
        output: { index, status: 'completed', result: null, history: [] },
        time: stampTime(0),
      });
    await Promise.all(Array.from({ length: 64 }, (_none, index) => append(index)));
    await files.close();
    expect(bench.lines('a/t/runs.jsonl')).toHaveLength(64);
    expect(bench.fileEvents.filter((event) => event === 'sync runs.jsonl').length).toBeLessThanOrEqual(2);
  });
});
