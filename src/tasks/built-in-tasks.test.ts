import { describe, expect, it } from 'vitest';
import { builtInTasks } from './index.ts';

describe('builtInTasks', () => {
  it('loads every task that it names', async () => {
    for (const load of Object.values(builtInTasks)) expect(typeof (await load())).toBe('function');
  });

  it("knows the reference's path of a task", async () => {
    expect(await builtInTasks['src.server.tasks.dbbench.DBBench']?.()).toBe(
      await builtInTasks['dbbench']?.(),
    );
  });
});
