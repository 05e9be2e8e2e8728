import Docker from 'dockerode';
import { silentLogger, systemClock } from '../../src/base/index.ts';
import { chooseDriver } from '../../src/sandbox/index.ts';
import { dockerTestImage, startDockerForTests } from '../../src/testing/docker-engine.ts';
import type { Figure } from '../figure.ts';
import { startBareContainer, startBashInContainer } from '../sandbox/bare-docker.ts';
import { countMounts, countOpenFiles, countProgram } from '../sandbox/holdings.ts';
import { measureSandboxes } from '../sandbox/measure-sandboxes.ts';
import type { BenchSettings } from '../settings.ts';

/** Sandboxes in containers of an engine that is started for it, beside what its API does by itself. */
export async function measure(settings: BenchSettings): Promise<readonly Figure[]> {
  const engine = await startDockerForTests();
  try {
    const docker = new Docker({ socketPath: new URL(engine.host).pathname });
    const driver = await chooseDriver({
      driver: 'docker',
      host: engine.host,
      clock: systemClock,
      log: silentLogger,
    });
    const figures = await measureSandboxes(
      {
        driver,
        image: dockerTestImage,
        bareName: 'bare engine',
        bareStart: () => startBareContainer(docker, dockerTestImage),
        bareBash: () => startBashInContainer(docker, dockerTestImage),
        countHoldings: async () => ({
          containers: (await docker.listContainers({ all: true })).length,
          'containers that run': await countProgram('containerd-shim-runc-v2'),
          mounts: await countMounts(),
          'open files': await countOpenFiles(),
        }),
      },
      settings,
    );
    await driver.release();
    return figures;
  } finally {
    await engine.stop();
  }
}
