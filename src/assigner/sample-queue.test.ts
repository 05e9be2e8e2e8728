import { expect, it } from 'vitest';
import type { JournaledSession } from './journal-lines.ts';
import { SampleOrder } from './sample-order.ts';
import { SampleQueue } from './sample-queue.ts';
import { TaskLengths } from './task-lengths.ts';

function open(indices: readonly number[]) {
  const lengths = new TaskLengths();
  return { lengths, queue: new SampleQueue({ order: new SampleOrder(indices), done: new Set(), lengths }) };
}

it('takes what was given back first, then the longest, last what is tried again', () => {
  const { lengths, queue } = open([0, 1, 2]);
  lengths.note({ agent: 'b', index: 1, seconds: 10 });
  lengths.note({ agent: 'b', index: 2, seconds: 90 });
  queue.tryAgain({ index: 7, attempt: 2 });
  queue.giveBack({ index: 8, attempt: 1 });
  expect(queue.size).toBe(5);
  expect(Array.from({ length: 6 }, () => queue.take()?.index)).toEqual([8, 2, 0, 1, 7, undefined]);
});

it('lets a sample that was not taken go on with its session, and has it wait no more', () => {
  const { queue } = open([0, 1]);
  const ticket = (index: number) => ({ index, attempt: 1, session: {} as JournaledSession });
  expect([queue.takeUp(ticket(0)), queue.takeUp(ticket(0)), queue.takeUp(ticket(5))]).toEqual([
    true,
    false,
    false,
  ]);
  expect([queue.size, queue.take()?.index, queue.take()]).toEqual([1, 1, undefined]);
  expect(queue.takeResumed()?.index).toBe(0);
});
