import { describe, expect, it } from 'vitest';
import { defaultControllerOptions } from '../controller/index.ts';
import { controllerTimes, readControllerTimes } from './controller-times.ts';

describe("the controller's times", () => {
  it('are those of the controller itself unless given', () => {
    expect(defaultControllerOptions).toMatchObject(readControllerTimes({}, 'proctor'));
  });

  it('can all be given', () => {
    const times = Object.keys(defaultControllerOptions).filter((name) => name.endsWith('Ms'));
    expect(Object.keys(controllerTimes).sort()).toEqual(times.sort());
    expect(readControllerTimes({ sessionTimeout: '30m' }, 'proctor').sessionTimeoutMs).toBe(1_800_000);
    expect(() => readControllerTimes({ keepEnded: 'never' }, 'proctor')).toThrow('--keep-ended is "never"');
  });
});
