import { playSample } from 'proctor/testing';
import { describe, expect, it } from 'vitest';
import { MyFirstTask } from './my-first-task.ts';

describe('my first task', () => {
  const task = new MyFirstTask({ samples: 3 });

  it('takes the sum for right and anything else for wrong', async () => {
    expect((await playSample(task, 2, { agent: ['4'] })).outcome).toEqual({
      status: 'completed',
      result: { correct: true },
    });
    expect((await playSample(task, 2, { agent: ['5'] })).outcome).toEqual({
      status: 'completed',
      result: { correct: false },
    });
  });

  it('has an oracle that is right about every sample', async () => {
    for (const index of task.getIndices()) {
      const { outcome } = await playSample(task, index, { agent: () => task.oracle(index) });
      expect(outcome.result).toEqual({ correct: true });
    }
  });
});
