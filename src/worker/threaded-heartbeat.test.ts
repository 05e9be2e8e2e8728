import { expect, it } from 'vitest';
import { silentLogger } from '../base/index.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { FunctionTask } from '../testing/function-task.ts';
import { createTaskWorker } from './index.ts';

it('a thread that cannot start, as beside the sources, where nothing is compiled, is told', async () => {
  const clock = new FakeClock();
  const worker = await createTaskWorker({
    name: 'task',
    task: new FunctionTask(),
    concurrency: 1,
    clock,
    log: silentLogger,
  });
  worker.introduceByThread({ address: 'http://controller/api', access: {} }, 'http://me/api');
  await expect(worker.wornOut).rejects.toMatchObject({
    code: 'heartbeat-failed',
    message: expect.stringContaining('heartbeat-thread.js') as string,
  });
  await worker.close();
  expect(clock.pendingTimers).toBe(0);
});
