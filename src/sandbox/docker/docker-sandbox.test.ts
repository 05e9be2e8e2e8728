import { afterAll, beforeAll } from 'vitest';
import { silentLogger, systemClock } from '../../base/index.ts';
import {
  dockerMissing,
  dockerTestImage,
  startDockerForTests,
  type DockerForTests,
} from '../../testing/docker-engine.ts';
import { BackedSandbox } from '../backed-sandbox.ts';
import { describeIsolation } from '../isolation.suite.ts';
import { describeSandbox } from '../sandbox.suite.ts';
import { createDockerDriver } from './index.ts';

const startLimitMs = 120_000;
let engine: DockerForTests | undefined;

beforeAll(async () => {
  if (dockerMissing === undefined) engine = await startDockerForTests();
}, startLimitMs);

afterAll(() => engine?.stop(), startLimitMs);

const open = () =>
  createDockerDriver({
    clock: systemClock,
    log: silentLogger,
    makeSandbox: (backend) => new BackedSandbox(backend, systemClock),
    host: engine?.host,
  });

describeSandbox('docker', { open, image: dockerTestImage, skip: dockerMissing });
describeIsolation('docker', { open, image: dockerTestImage, skip: dockerMissing, fullDisk: 'ended' });
