import { describe, expect, it } from 'vitest';
import { watchForLoss } from './loss-watch.ts';

function watch() {
  const observer = { onLine: () => undefined, onReady: () => undefined };
  return watchForLoss({ taskCount: 2, controllerAddress: () => 'http://localhost:1/api', observer });
}

describe('watchForLoss', () => {
  it('ends an evaluation that has not begun at the first lost task', () => {
    const { observer, signal } = watch();
    observer.onTaskLost('echo');
    expect(signal.reason).toMatchObject({ code: 'workers-lost', exitCode: 1 });
  });

  it('says that the configuration was wrong when a worker refused it', () => {
    const { observer, signal } = watch();
    observer.onRefusal('echo #1', 'ended with exit code 2');
    observer.onTaskLost('echo');
    expect(signal.reason).toMatchObject({ code: 'workers-refused', exitCode: 2 });
  });

  it('lets a running evaluation go on while one task is left', () => {
    const { observer, signal, bearLosses } = watch();
    bearLosses();
    observer.onTaskLost('echo');
    expect(signal.aborted).toBe(false);
    observer.onTaskLost('dbbench');
    expect(signal.reason).toMatchObject({ code: 'workers-lost' });
  });

  it('does not go on without a controller', () => {
    const { observer, signal, bearLosses } = watch();
    bearLosses();
    observer.onControllerLost();
    expect(signal.reason).toMatchObject({ code: 'controller-lost' });
  });
});
