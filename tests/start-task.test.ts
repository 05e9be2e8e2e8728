import Docker from 'dockerode';
import { chmod, copyFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { silentLogger, systemClock } from '../src/base/index.ts';
import { chooseDriver } from '../src/sandbox/index.ts';
import {
  dockerMissing,
  dockerTestImage,
  startDockerForTests,
  type DockerForTests,
} from '../src/testing/docker-engine.ts';
import { livingWorkers, untilWorkers } from './fixtures/api.ts';
import { assignmentFile, echoDefinition, startFile } from './fixtures/configs.ts';
import { makeFolder, type Folder } from './fixtures/folder.ts';
import { findFreePorts, takePort } from './fixtures/ports.ts';
import { endProcess, runProctor, startProctor, type Program } from './fixtures/program.ts';
import { until } from './fixtures/until.ts';

const echo = startFile({ echo: echoDefinition() }, { echo: 2 });

interface Place {
  readonly controller: string;
  readonly basePort: number;
  readonly words: readonly string[];
}

/** The flags of a start-task of its own: a controller's port, and ports for workers after it. */
async function findPlace(workers: number): Promise<Place> {
  const port = await findFreePorts(workers + 1);
  const controller = `http://localhost:${port}/api`;
  return { controller, basePort: port + 1, words: ['-l', controller, '-p', String(port + 1)] };
}

function startTask(
  folder: Folder,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  return startProctor(['start-task', '--config', 'start.yaml', ...words], { cwd: folder.path, env });
}

function workerProcess(program: Program, port: number): number {
  const found = program
    .processes()
    .find(({ commandLine }) => commandLine.includes(`task-worker`) && commandLine.includes(`--port ${port}`));
  if (!found) throw new Error(`no worker on ${port}`);
  return found.pid;
}

describe('proctor start-task', () => {
  it('starts a controller and workers on ports in a row, prefixes their logs and says when each is ready', async () => {
    await using folder = await makeFolder({ 'start.yaml': echo });
    const { controller, basePort, words } = await findPlace(2);
    await using program = startTask(folder, ['-a', ...words]);
    await program.seen(/all 2 workers are ready/);
    for (const port of [basePort, basePort + 1]) {
      expect(program.stderr).toContain(`echo ${port} is ready`);
      expect(program.stderr).toContain(`[echo ${port}] `);
    }
    expect([...(await livingWorkers(controller, 'echo'))].sort()).toEqual([
      `http://localhost:${basePort}/api`,
      `http://localhost:${basePort + 1}/api`,
    ]);
  });

  it.each([
    ['SIGTERM', 0],
    ['SIGINT', 130],
    ['a closed input', 0],
  ])('stops everything at %s', async (how, code) => {
    await using folder = await makeFolder({ 'start.yaml': echo });
    const { controller, words } = await findPlace(2);
    await using program = startTask(folder, ['-a', ...words]);
    await program.seen(/all 2 workers are ready/);
    if (how === 'a closed input') program.closeInput();
    else program.kill(how as NodeJS.Signals);
    expect(await program.exited).toEqual({ code, signal: null });
    expect(program.processes()).toEqual([]);
    await expect(fetch(`${controller}/list_workers`)).rejects.toThrow();
  });

  it('leaves nothing behind when it is killed itself', async () => {
    await using folder = await makeFolder({ 'start.yaml': echo });
    const { words } = await findPlace(2);
    await using program = startTask(folder, ['-a', ...words]);
    await program.seen(/all 2 workers are ready/);
    program.kill('SIGKILL');
    await until('its workers and controller to end', () => program.processes().length === 0);
  });

  it('overrides the whole start with -s', async () => {
    const file = startFile(
      { echo: echoDefinition(), other: { ...echoDefinition(), parameters: { name: 'other' } } },
      { echo: 5 },
    );
    await using folder = await makeFolder({ 'start.yaml': file });
    const { controller, basePort, words } = await findPlace(2);
    await using program = startTask(folder, ['-a', ...words, '-s', 'other', '1', 'echo', '1']);
    await program.seen(/all 2 workers are ready/);
    expect(await livingWorkers(controller, 'other')).toEqual([`http://localhost:${basePort}/api`]);
    expect(await livingWorkers(controller, 'echo')).toEqual([`http://localhost:${basePort + 1}/api`]);
  });

  it('uses a controller that is there, also with -a, and leaves it alone', async () => {
    await using folder = await makeFolder({ 'start.yaml': echo });
    const { controller, words } = await findPlace(2);
    await using other = startProctor(['task-controller', '-p', new URL(controller).port, '--memory']);
    await other.seen(/listens on/);
    await using program = startTask(folder, ['-a', ...words]);
    await program.seen(/all 2 workers are ready/);
    program.kill('SIGTERM');
    await program.exited;
    expect((await fetch(`${controller}/list_workers`)).status).toBe(200);
  });

  it('reads the controller from the file', async () => {
    const { controller, basePort } = await findPlace(1);
    const file = stringify({ definition: { echo: echoDefinition() }, start: { echo: 1 }, controller });
    await using folder = await makeFolder({ 'start.yaml': file });
    await using program = startTask(folder, ['-a', '-p', String(basePort)]);
    await program.seen(/all 1 workers? (is|are) ready/);
    await untilWorkers(controller, 'echo', 1);
  });

  it('starts a killed worker again', async () => {
    await using folder = await makeFolder({ 'start.yaml': echo });
    const { controller, basePort, words } = await findPlace(2);
    await using program = startTask(folder, ['-a', ...words]);
    await program.seen(/all 2 workers are ready/);
    const first = workerProcess(program, basePort);
    endProcess(first);
    await program.seen(new RegExp(`echo ${basePort} was ended by SIGKILL; it is started again`));
    await program.seen(new RegExp(`echo ${basePort} is ready[^]*echo ${basePort} is ready`));
    expect(workerProcess(program, basePort)).not.toBe(first);
    await untilWorkers(controller, 'echo', 2);
  });

  it('gives up loudly after five crashes in a row', async () => {
    await using folder = await makeFolder({
      'start.yaml': startFile({ bad: { module: './bad.ts#Bad', parameters: {} } }, { bad: 1 }),
      'bad.ts': `import { Task } from 'proctor';
        export class Bad extends Task { getIndices() { process.exit(7); } startSample() {} calculateOverall() {} }`,
    });
    const { words } = await findPlace(1);
    await using program = startTask(folder, ['-a', ...words]);
    expect(await program.exited).toEqual({ code: 1, signal: null });
    expect(program.stderr.match(/it is started again/g)).toHaveLength(4);
    expect(program.stderr).toMatch(
      /ended with exit code 7; it crashed 5 times in a row and is not started again/,
    );
    expect(program.processes()).toEqual([]);
  });

  it('does not start a worker again whose configuration is wrong', async () => {
    const file = startFile({ echo: { module: 'echo', parameters: { samples: 'many' } } }, { echo: 1 });
    await using folder = await makeFolder({ 'start.yaml': file });
    const { words } = await findPlace(1);
    await using program = startTask(folder, ['-a', ...words]);
    expect((await program.exited).code).toBe(2);
    expect(program.stderr).toContain('parameters.samples');
    expect(program.stderr).not.toContain('started again in');
  });
});

describe('proctor start-task refuses', () => {
  it.each([
    ['an odd -s list', ['-s', 'echo', '1', 'other'], /odd.*echo 1 other/],
    ['a number that is none', ['-s', 'echo', 'many'], /"many"/],
    ['no number at all', ['-s', 'echo', '0'], /"0"/],
    ['an unknown task', ['-s', 'ecko', '1'], /ecko.*(\n.*){1,3}echo/],
  ])('%s', async (_what, words, expected) => {
    await using folder = await makeFolder({ 'start.yaml': echo });
    const { code, stderr } = await runProctor(['start-task', '--config', 'start.yaml', ...words], {
      cwd: folder.path,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(expected);
  });

  it('a taken port, before anything is started', async () => {
    await using folder = await makeFolder({ 'start.yaml': echo });
    const { basePort, words } = await findPlace(2);
    await using _taken = await takePort(basePort + 1);
    const { code, stderr } = await runProctor(['start-task', '--config', 'start.yaml', '-a', ...words], {
      cwd: folder.path,
    });
    expect(code).toBe(2);
    expect(stderr).toContain(`127.0.0.1:${basePort + 1} is already in use`);
  });

  it('a module that there is not, and lists those there are', async () => {
    await using folder = await makeFolder({ 'start.yaml': startFile({ x: { module: 'ecko' } }, { x: 1 }) });
    const { code, stderr } = await runProctor(['start-task', '--config', 'start.yaml', '-a'], {
      cwd: folder.path,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/"ecko"\n.*start\.yaml:\d+.*\n.*echo, dbbench/);
  });

  it('to wait for ever for a controller that does not answer', async () => {
    await using folder = await makeFolder({ 'start.yaml': echo });
    const { controller, words } = await findPlace(2);
    await using program = startTask(folder, words);
    await program.seen(new RegExp(`waiting .* controller at ${controller}`));
    expect((await program.exited).code).toBe(1);
    expect(program.stderr).toContain(`error: The controller at ${controller} does not answer`);
  });
});

describe('a worker in a container', () => {
  const standIn = `#!/bin/sh
printf '%s\\n' "$@" >> "$DOCKER_LOG"
echo '--' >> "$DOCKER_LOG"
[ "$1" = run ] && exec sleep 600
[ "$1" = ps ] && echo container-1
exit 0
`;

  it('is started by the docker on the PATH and ended with start-task', async () => {
    const docker = { image: 'local/echo', command: 'umask 0;' };
    await using folder = await makeFolder({
      'start.yaml': startFile({ echo: { ...echoDefinition(), docker } }, { echo: 1 }),
      'bin/docker': standIn,
    });
    await chmod(path.join(folder.path, 'bin/docker'), 0o755);
    const { controller, basePort, words } = await findPlace(1);
    await using program = startTask(folder, ['-a', ...words], {
      PATH: `${path.join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}`,
      DOCKER_LOG: path.join(folder.path, 'docker.log'),
    });
    const list = await until('docker to be called', async () => {
      const text = await folder.read('docker.log').catch(() => '');
      return (
        text.includes('--\n') &&
        text
          .slice(0, text.indexOf('--\n', text.indexOf('bash')))
          .trimEnd()
          .split('\n')
      );
    });
    const joined = list.join(' ');
    expect(list.slice(0, 2)).toEqual(['run', '--rm']);
    expect(joined).toContain(
      `-p 127.0.0.1:${basePort}:${basePort} --add-host host.docker.internal:host-gateway`,
    );
    expect(joined).toContain(`-v ${folder.path}:/root/workspace`);
    expect(joined).toContain('-w /root/workspace local/echo bash -c umask 0; ');
    expect(list.at(-1)).toContain('task-worker echo');
    expect(list.at(-1)).toContain(`--controller http://host.docker.internal:${new URL(controller).port}/api`);
    program.kill('SIGTERM');
    expect((await program.exited).code).toBe(0);
    expect(program.processes()).toEqual([]);
  });

  it('is ended also when start-task itself is killed', async () => {
    const docker = { image: 'local/echo' };
    await using folder = await makeFolder({
      'start.yaml': startFile({ echo: { ...echoDefinition(), docker } }, { echo: 1 }),
      'bin/docker': standIn,
    });
    await chmod(path.join(folder.path, 'bin/docker'), 0o755);
    const { words } = await findPlace(1);
    await using program = startTask(folder, ['-a', ...words], {
      PATH: `${path.join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}`,
      DOCKER_LOG: path.join(folder.path, 'docker.log'),
    });
    const list = await until('docker to be called', async () => {
      const text = await folder.read('docker.log').catch(() => '');
      return text.includes('--\n') && text;
    });
    const [label] = /proctor\.fleet=\S+/.exec(list) ?? [];
    program.kill('SIGKILL');
    await until('everything to end', () => program.processes().length === 0);
    expect(await folder.read('docker.log')).toContain(
      `ps\n-q\n--filter\nlabel=${label}\n--\nkill\ncontainer-1\n`,
    );
  });

  it('is not started again and again when there is no docker', async () => {
    const docker = { image: 'local/echo' };
    await using folder = await makeFolder({
      'start.yaml': startFile({ echo: { ...echoDefinition(), docker } }, { echo: 1 }),
    });
    const { words } = await findPlace(1);
    await using program = startTask(folder, ['-a', ...words], { PATH: '/nowhere' });
    expect([1, 2]).toContain((await program.exited).code);
    expect(program.stderr).toContain('could not be started: spawn docker ENOENT');
  });
});

describe.skipIf(dockerMissing !== undefined)(
  `a worker in a container of a real engine${dockerMissing === undefined ? '' : ` (skipped: ${dockerMissing})`}`,
  () => {
    let engine: DockerForTests;

    beforeAll(async () => {
      engine = await startDockerForTests({ bridge: `proctor${process.pid % 10_000}` });
      await makeImageWithNode(engine.host);
    });
    afterAll(() => engine.stop());

    const containers = async () =>
      await new Docker({ socketPath: new URL(engine.host).pathname }).listContainers();

    it('plays its samples, and goes with start-task', async () => {
      await using folder = await makeFolder({
        'start.yaml': startFile(
          { echo: { ...echoDefinition(), docker: { image: imageWithNode } } },
          { echo: 1 },
        ),
      });
      const { controller, words } = await findPlace(1);
      const token = 'a-token-that-the-container-gets';
      const env = { DOCKER_HOST: engine.host, PROCTOR_TOKEN: token };
      await using program = startTask(folder, ['-a', ...words], env);
      await program.seen(/all 1 workers are ready/);
      expect(await containers()).toHaveLength(1);
      await folder.write('assignment.yaml', assignmentFile({ controller }));
      const setting = { cwd: folder.path, env: { PROCTOR_TOKEN: token } };
      const { code, stderr } = await runProctor(['assigner', '-c', 'assignment.yaml'], setting);
      expect(code, stderr).toBe(0);
      expect(await folder.readLines('out/parrot/echo/runs.jsonl')).toHaveLength(6);
      program.kill('SIGINT');
      await program.exited;
      expect(await containers()).toEqual([]);
    });

    it('may be of a task whose sandboxes are containers of that engine, which DOCKER_HOST names', async () => {
      await using folder = await makeFolder({
        'os.yaml': stringify({
          os: {
            module: 'os-interaction',
            parameters: { sandbox: { driver: 'docker', image: dockerTestImage } },
          },
        }),
      });
      const setting = { cwd: folder.path, env: { DOCKER_HOST: engine.host } };
      expect((await runProctor(['doctor'], setting)).stdout).toMatch(/docker +works/);
      const { words } = await findPlace(1);
      const address = words[1] ?? '';
      await using worker = startProctor(
        ['task-worker', 'os', '-c', 'os.yaml', '-p', '0', '-C', address],
        setting,
      );
      await worker.seen(/task-worker os listens/);
      worker.kill('SIGTERM');
      await worker.exited;
    });

    it('goes when start-task is killed', async () => {
      await using folder = await makeFolder({
        'start.yaml': startFile(
          { echo: { ...echoDefinition(), docker: { image: imageWithNode } } },
          { echo: 1 },
        ),
      });
      const { words } = await findPlace(1);
      await using program = startTask(folder, ['-a', ...words], {
        DOCKER_HOST: engine.host,
        PROCTOR_TOKEN: 'a-token',
      });
      await program.seen(/all 1 workers are ready/);
      program.kill('SIGKILL');
      await until('the container to be gone', async () => (await containers()).length === 0);
    });
  },
);

const imageWithNode = 'proctor-test-node';

/** A worker of ours runs by the Node of its image: here, the one that runs this test. */
async function makeImageWithNode(host: string): Promise<void> {
  await using folder = await makeFolder({
    Dockerfile: `FROM ${dockerTestImage}\nCOPY node /usr/local/bin/node\n`,
  });
  await copyFile(process.execPath, path.join(folder.path, 'node'));
  await chmod(path.join(folder.path, 'node'), 0o755);
  const driver = await chooseDriver({ driver: 'docker', host, clock: systemClock, log: silentLogger });
  await driver.prepareImage(
    imageWithNode,
    { kind: 'dockerfile', file: path.join(folder.path, 'Dockerfile') },
    () => undefined,
  );
  await driver.release();
}
