import { expect, it } from 'vitest';
import { ProctorError } from '../base/index.ts';
import { FakeClock } from '../testing/index.ts';
import type { InnerProcess, OutputChunk, SandboxBackend } from './backend.ts';
import { runRaw } from './raw-exec.ts';

/** A process that prints what is given, and whose sandbox is gone then. */
function processThatIsLost(text: string): InnerProcess {
  async function* output(): AsyncGenerator<OutputChunk> {
    yield await Promise.resolve({ channel: 'stdout', bytes: Buffer.from(text) });
    throw new ProctorError('sandbox-wrecked', { reason: 'nothing can be run in it any more' });
  }
  return {
    write: () => Promise.resolve(),
    closeInput: () => undefined,
    output: output(),
    exited: Promise.resolve(undefined),
    detach: () => undefined,
  };
}

/** Counts the programs that are started in a sandbox that is lost after the first output of each, `mark` being what tells its beginning. */
async function countStarts(print: (mark: string) => string): Promise<number> {
  let starts = 0;
  const backend: SandboxBackend = {
    id: 'test',
    folder: '/root',
    start(argv) {
      starts++;
      const secret = /\\036(\w+);/.exec(argv.join(' '))?.[1] ?? '';
      return Promise.resolve(processThatIsLost(print(`\x1e${secret};17\x1e`)));
    },
    restart: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  };
  const running = runRaw(backend, ['touch', '/tmp/file'], { clock: new FakeClock() });
  await expect(running).rejects.toMatchObject({ code: 'sandbox-wrecked' });
  return starts;
}

it('runs a program again only when it had not begun', async () => {
  expect(await countStarts((mark) => `${mark}some output`)).toBe(1);
  expect(await countStarts(() => '')).toBe(2);
});
