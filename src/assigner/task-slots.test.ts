import { describe, expect, it } from 'vitest';
import type { WorkerEntry } from '../protocol/index.ts';
import { TaskSlots } from './task-slots.ts';

const worker = (capacity: number, current: number, status: 0 | 1 | 2 = 0): WorkerEntry => ({
  id: 0,
  address: 'http://worker/api',
  capacity,
  current,
  last_visit: 0,
  status,
  locked: false,
});

describe('TaskSlots', () => {
  it('are short only when it is the workers that have none', () => {
    const slots = new TaskSlots(2);
    expect(slots.isShort).toBe(true);
    slots.learn(slots.snapshot(), [worker(2, 0)]);
    expect(slots.isShort).toBe(false);
    slots.start();
    slots.start();
    // Now it is the limit of this evaluation as well: another look at the workers would not help.
    expect(slots.isShort).toBe(false);
    slots.end();
    expect(slots.isShort).toBe(false);
  });

  it('counts the slots of living workers only', () => {
    const slots = new TaskSlots(100);
    slots.learn(slots.snapshot(), [worker(4, 1), worker(3, 0), worker(8, 0, 1), worker(8, 0, 2)]);
    expect(slots.free).toBe(6);
  });

  it('does not count a start of its own twice, on whichever side of the reply it fell', () => {
    for (const seen of [0, 1]) {
      const slots = new TaskSlots(100);
      slots.learn(slots.snapshot(), [worker(4, 0)]);
      const asked = slots.snapshot();
      slots.start();
      slots.learn(asked, [worker(4, seen)]);
      expect(slots.free).toBe(3);
    }
  });

  it('keeps a slot taken until the outcome is on disk, though the controller counts it free', () => {
    const slots = new TaskSlots(100);
    slots.learn(slots.snapshot(), [worker(2, 0)]);
    slots.start();
    slots.start();
    slots.learn(slots.snapshot(), [worker(2, 1)]);
    expect(slots.free).toBe(0);
    slots.end();
    expect(slots.free).toBe(1);
  });

  it('leaves the slots of others alone', () => {
    const slots = new TaskSlots(100);
    slots.learn(slots.snapshot(), [worker(5, 3)]);
    expect(slots.free).toBe(2);
  });

  it('never goes beyond its own limit', () => {
    const slots = new TaskSlots(2);
    slots.learn(slots.snapshot(), [worker(50, 0)]);
    expect(slots.free).toBe(2);
    slots.start();
    slots.start();
    expect(slots.free).toBe(0);
    expect(slots.isShort).toBe(false);
  });

  it('counts a session that goes on once, whether or not the controller was asked before', () => {
    const slots = new TaskSlots(100);
    slots.resume();
    slots.learn(slots.snapshot(), [worker(3, 1)]);
    expect(slots.free).toBe(2);
    const asked = slots.snapshot();
    slots.resume();
    slots.learn(asked, [worker(3, 2)]);
    expect(slots.free).toBe(1);
    slots.end();
    expect(slots.free).toBe(2);
  });

  it('gains nothing from a session that was to go on and is not there', () => {
    const slots = new TaskSlots(100);
    slots.resume();
    slots.miss();
    expect(slots.free).toBe(0);
    expect(slots.snapshot().running).toBe(0);
  });
});
