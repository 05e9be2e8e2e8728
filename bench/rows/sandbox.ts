import { silentLogger, systemClock } from '../../src/base/index.ts';
import { chooseDriver } from '../../src/sandbox/index.ts';
import type { Figure } from '../figure.ts';
import { startBareBash, startBareBubblewrap } from '../sandbox/bare-bubblewrap.ts';
import { countFolders, countForeignProcesses, countGroups, countOpenFiles } from '../sandbox/holdings.ts';
import { measureSandboxes } from '../sandbox/measure-sandboxes.ts';
import type { BenchSettings } from '../settings.ts';

/** Sandboxes by bubblewrap, beside bwrap and a bash over a pipe. */
export async function measure(settings: BenchSettings): Promise<readonly Figure[]> {
  const driver = await chooseDriver({ driver: 'bubblewrap', clock: systemClock, log: silentLogger });
  try {
    const subject = {
      driver,
      image: 'host',
      bareName: 'bare bwrap with an overlay',
      bareStart: () => startBareBubblewrap(settings.scratch),
      bareBash: () => Promise.resolve(startBareBash()),
      countHoldings: async () => ({
        ...(await countForeignProcesses()),
        'control groups': await countGroups(),
        folders: await countFolders(),
        'open files': await countOpenFiles(),
      }),
    };
    return await measureSandboxes(subject, settings);
  } finally {
    await driver.release();
  }
}
