import { afterAll, beforeAll } from 'vitest';
import {
  dockerMissing,
  dockerTestImage,
  startDockerForTests,
  type DockerForTests,
} from '../../testing/docker-engine.ts';
import { describeOracle } from './oracle.suite.ts';
import { describePlays } from './plays.suite.ts';

let engine: DockerForTests;

beforeAll(async () => {
  if (dockerMissing === undefined) engine = await startDockerForTests();
});
afterAll(() => engine?.stop());

const fixture = {
  sandbox: () => ({ driver: 'docker', host: engine.host, image: dockerTestImage }),
  skip: dockerMissing,
};

describePlays('docker', fixture);
describeOracle('docker', fixture);
