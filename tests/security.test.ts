import { execFileSync, spawnSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { controllerRoutes, workerRoutes, type Route } from '../src/protocol/index.ts';
import { assignmentFile, echoDefinition, startFile } from './fixtures/configs.ts';
import { makeFolder, type Folder } from './fixtures/folder.ts';
import { findFreePorts } from './fixtures/ports.ts';
import { runProctor, startProctor, type Program } from './fixtures/program.ts';
import { until } from './fixtures/until.ts';

const token = 'token-that-nobody-shows';
const env = { PROCTOR_TOKEN: token };
const runsFile = 'out/parrot/echo/runs.jsonl';

interface SecuredSystem extends AsyncDisposable {
  readonly folder: Folder;
  readonly controller: string;
  readonly workerAddress: string;
  readonly program: Program;
}

/** As `start-task -a` runs it, with the token given by the environment. */
async function startSecuredSystem(samples = 6): Promise<SecuredSystem> {
  const port = await findFreePorts(2);
  const controller = `http://localhost:${port}/api`;
  const folder = await makeFolder({
    'start.yaml': startFile({ echo: echoDefinition({ samples, delayMs: 20 }) }, { echo: 1 }),
    'assignment.yaml': assignmentFile({ controller }),
  });
  const words = ['start-task', '--config', 'start.yaml', '-a', '-l', controller, '-p', String(port + 1)];
  const program = startProctor(words, { cwd: folder.path, env });
  await program.seen(/all \d+ workers? (is|are) ready/);
  return {
    folder,
    controller,
    workerAddress: `http://localhost:${port + 1}/api`,
    program,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('a system with a token', () => {
  it('plays an evaluation whose assigner knows it, and shows it nowhere', async () => {
    await using system = await startSecuredSystem();
    const { folder, program } = system;
    const { code, stdout, stderr } = await runProctor(['assigner', '-c', 'assignment.yaml'], {
      cwd: folder.path,
      env,
    });
    expect(code, stderr).toBe(0);
    expect(await folder.readLines(runsFile)).toHaveLength(6);
    const commandLines = program.processes().map(({ commandLine }) => commandLine);
    expect(commandLines.length).toBeGreaterThanOrEqual(3);
    const config = await folder.read('out/config.yaml');
    for (const text of [...commandLines, config, stdout, stderr, program.stdout, program.stderr])
      expect(text).not.toContain(token);
  });

  it.each([
    ['no token', {}],
    ['another token', { PROCTOR_TOKEN: 'another-token' }],
  ])('ends an assigner with %s before anything is played, and says what to do', async (_what, given) => {
    await using system = await startSecuredSystem();
    const { folder, controller } = system;
    const { code, stderr } = await runProctor(['assigner', '-c', 'assignment.yaml', '--auto-retry'], {
      cwd: folder.path,
      env: given,
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`error: ${controller} wants a token`);
    expect(stderr).toMatch(/what to do: .*--token.*PROCTOR_TOKEN/);
    expect(await folder.readLines(runsFile)).toEqual([]);
  });

  it('answers 401 at every route of controller and worker', async () => {
    await using system = await startSecuredSystem();
    const places: [string, Readonly<Record<string, Route>>][] = [
      [system.controller, controllerRoutes],
      [system.workerAddress, workerRoutes],
    ];
    for (const [address, routes] of places) {
      for (const { method, path: place } of [...Object.values(routes), { method: 'GET', path: '/nothing' }]) {
        const reply = await fetch(address + place, { method });
        expect([place, reply.status]).toEqual([place, 401]);
      }
    }
    await using worker = startProctor(
      ['task-worker', 'echo', '-c', 'start.yaml', '-p', '0'].concat(['-C', system.controller]),
      {
        cwd: system.folder.path,
      },
    );
    await worker.seen(/not listed by the controller.*wants a token/);
    await using second = startProctor(
      ['start-task', '--config', 'start.yaml', '-a', '-p', '0'].concat(['-l', system.controller]),
      {
        cwd: system.folder.path,
      },
    );
    await second.seen(/error: .* wants a token/);
    expect((await second.exited).code).toBe(1);
  });

  it('is told once more where a command is to be given again, but not the token', async () => {
    await using system = await startSecuredSystem(60);
    const words = ['assigner', '-c', 'assignment.yaml', '--token', token];
    await using assigner = startProctor(words, { cwd: system.folder.path });
    await until('some runs', async () => (await system.folder.readLines(runsFile)).length > 0);
    assigner.kill('SIGINT');
    expect((await assigner.exited).code).toBe(130);
    expect(assigner.stderr).toMatch(/go on with: .*--output out.*same --token/);
    expect(assigner.stderr).not.toContain(token);
  });

  it('is started by run as well', async () => {
    await using folder = await makeFolder({
      'assignment.yaml': assignmentFile({ tasks: { echo: echoDefinition() }, start: { echo: 1 } }),
    });
    await using program = startProctor(['run', 'assignment.yaml', '--token', token], { cwd: folder.path });
    expect(await program.exited, program.stderr).toEqual({ code: 0, signal: null });
    expect(await folder.readLines(runsFile)).toHaveLength(6);
    expect(program.stderr).not.toContain(token);
  });
});

describe('an address that others can reach', () => {
  const exposed =
    /error: --host is "0\.0\.0\.0".*no token.*\n.*expected: .*\n.*what to do: .*--token.*--insecure/;

  it.each([['task-controller'], ['task-worker', 'echo']])(
    'is refused by %s without a token',
    async (...words) => {
      const { code, stderr } = await runProctor([...words, '-p', '0', '--host', '0.0.0.0']);
      expect(code).toBe(2);
      expect(stderr).toMatch(exposed);
    },
  );

  it.each([
    ['a token', [], env],
    ['--insecure', ['--insecure'], {}],
  ])('is taken with %s', async (_what, words, given) => {
    await using program = startProctor(
      ['task-controller', '-p', '0', '--host', '0.0.0.0', '--memory', ...words],
      {
        env: given,
      },
    );
    await program.seen(/listens on http:\/\/0\.0\.0\.0:/);
    expect(/warn .*no token protects it/.test(program.stderr)).toBe(words.length > 0);
  });

  it('is refused for AgentBench’s images until their owner agrees', async () => {
    const definition = { module: 'src.server.tasks.os.OS', parameters: {}, docker: { image: 'local-os' } };
    await using folder = await makeFolder({ 'start.yaml': startFile({ os: definition }, { os: 1 }) });
    const port = await findFreePorts(2);
    const words = ['start-task', '--config', 'start.yaml', '-a', '-p', String(port)];
    await using program = startProctor([...words, '-l', `http://localhost:${port + 1}/api`], {
      cwd: folder.path,
    });
    expect((await program.exited).code).toBe(2);
    const { stderr } = program;
    expect(stderr).toMatch(/error: The containers of os .*Python workers of os cannot send a token/);
    expect(stderr).toMatch(/what to do: .*--insecure/);
  });
});

describe('workers in containers', () => {
  it('get a token that start-task makes and shows once', async () => {
    const definition = { ...echoDefinition(), docker: { image: 'an-image' } };
    await using folder = await makeFolder({
      'start.yaml': startFile({ echo: definition }, { echo: 1 }),
      // Stands for Docker: prints what a container would be told.
      'bin/docker': '#!/bin/sh\necho "container: $*; token=$PROCTOR_TOKEN"\nexec sleep 100\n',
    });
    await chmod(path.join(folder.path, 'bin/docker'), 0o755);
    const port = await findFreePorts(2);
    const controller = `http://localhost:${port}/api`;
    const words = ['start-task', '--config', 'start.yaml', '-a', '-l', controller, '-p', String(port + 1)];
    await using program = startProctor(words, {
      cwd: folder.path,
      env: { PATH: `${path.join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}` },
    });
    const [, made = ''] = await program.seen(/export PROCTOR_TOKEN=([\w-]{32})\n/);
    const [, told] = await program.seen(/container: (.*)/);
    expect(told).toContain(`token=${made}`);
    expect(told?.split(';')[0]).toMatch(/ -p 127\.0\.0\.1:\d+:\d+ .* -e PROCTOR_TOKEN /);
    expect((await fetch(`${controller}/list_workers`)).status).toBe(401);
    const headers = { authorization: `Bearer ${made}` };
    expect((await fetch(`${controller}/list_workers`, { headers })).status).toBe(200);
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenssl)(`a system with certificates${hasOpenssl ? '' : ' (openssl is missing)'}`, () => {
  function makeCertificate(folder: Folder): void {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2'];
    execFileSync('openssl', [...words, ...files, ...subject], { cwd: folder.path, stdio: 'ignore' });
  }
  const identity = ['--tls-cert', 'cert.pem', '--tls-key', 'key.pem'];

  it('plays an evaluation for whoever trusts them, and nobody else', async () => {
    const port = await findFreePorts(1);
    const controller = `https://localhost:${port}/api`;
    await using folder = await makeFolder({
      'tasks.yaml': startFile({ echo: echoDefinition() }, {}),
      'assignment.yaml': assignmentFile({ controller }),
    });
    makeCertificate(folder);
    const setting = { cwd: folder.path, env };
    const trusting = [...identity, '--tls-ca', 'cert.pem'];
    await using first = startProctor(
      ['task-controller', '-p', String(port), '--memory', ...trusting],
      setting,
    );
    await first.seen(/listens on https:\/\/127\.0\.0\.1/);
    const workerWords = ['task-worker', 'echo', '-c', 'tasks.yaml', '-p', '0', '-C', controller, ...trusting];
    await using worker = startProctor(workerWords, setting);
    await worker.seen(/listens on https:\/\/127\.0\.0\.1/);
    const words = ['assigner', '-c', 'assignment.yaml'];
    await using stranger = startProctor(words, setting);
    await stranger.seen(/self.signed certificate; give the CA of its certificate with --tls-ca/);
    stranger.kill('SIGINT');
    await stranger.exited;
    const { code, stderr } = await runProctor([...words, '--tls-ca', 'cert.pem'], setting);
    expect(code, stderr).toBe(0);
    expect(await folder.readLines(runsFile)).toHaveLength(6);
  });

  it('says that certificate and key do not fit', async () => {
    await using folder = await makeFolder({ 'key.pem': 'no key' });
    await folder.write('cert.pem', 'no certificate');
    const { code, stderr } = await runProctor(['task-controller', '-p', '0', '--memory', ...identity], {
      cwd: folder.path,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/error: The certificate and key cannot be used: .*\n.*expected: .*PEM/);
  });
});
