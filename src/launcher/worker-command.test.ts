import { describe, expect, it } from 'vitest';
import type { WorkerLaunch } from './plan.ts';
import type { OwnProgram } from './process-command.ts';
import { workerCommand } from './worker-command.ts';

const own: OwnProgram = {
  command: '/usr/bin/node',
  arguments: ['/opt/lib/proctor/dist/cli/main.js'],
  packageFolder: '/opt/lib/proctor',
  environment: { PATH: '/bin' },
  folder: '/home/user/project',
};
const launch: WorkerLaunch = { task: 'os-std', port: 5003, label: 'os-std 5003', program: 'own' };
const docker = { image: 'local-os/default', command: 'umask 0; setup;' };
const request = {
  controller: 'http://localhost:5000/api',
  configFile: 'configs/start_task.yaml',
  stuckAfterMs: 30_000,
  own,
};

describe('a worker as a process', () => {
  it('is this program with the flags of task-worker', () => {
    const { command, arguments: words, hasChannel } = workerCommand({ ...request, launch });
    expect([command, ...words]).toEqual(
      (
        '/usr/bin/node /opt/lib/proctor/dist/cli/main.js task-worker os-std --config configs/start_task.yaml' +
        ' --self http://localhost:5003/api --port 5003 --controller http://localhost:5000/api --stuck-after 30000ms'
      ).split(' '),
    );
    expect(hasChannel).toBe(true);
  });

  it('finds out its own address on a port of the system’s choice', () => {
    const { arguments: words } = workerCommand({ ...request, launch: { ...launch, port: 0 } });
    expect(words).not.toContain('--self');
    expect(words.join(' ')).toContain('--port 0');
  });

  it('is the Python program for a task that is only there', () => {
    const { command, arguments: words } = workerCommand({
      ...request,
      launch: { ...launch, program: 'python' },
    });
    expect([command, ...words].join(' ')).toBe(
      'python -m src.server.task_worker os-std --self http://localhost:5003/api --port 5003 --controller http://localhost:5000/api',
    );
  });
});

describe('a worker in a container', () => {
  const dockerWords = (changes: Partial<typeof request>, launchChanges: Partial<WorkerLaunch>) =>
    workerCommand({ ...request, ...changes, launch: { ...launch, docker, ...launchChanges } });

  it('has the reference’s argument list, a name and a label apart', () => {
    const { command, arguments: words } = dockerWords({}, { program: 'python' });
    expect(command).toBe('docker');
    expect(words[3]).toMatch(/^proctor-5003-[0-9a-f]{8}$/);
    const withoutName = words.filter((_word, position) => position < 2 || position > 5);
    expect(words.slice(2, 6)).toEqual(['--name', words[3], '--label', 'proctor.task=os-std']);
    expect(withoutName).toEqual([
      'run',
      '--rm',
      '-p',
      '127.0.0.1:5003:5003',
      '--add-host',
      'host.docker.internal:host-gateway',
      '-v',
      '/home/user/project:/root/workspace',
      '-w',
      '/root/workspace',
      'local-os/default',
      'bash',
      '-c',
      'umask 0; setup; python -m src.server.task_worker os-std --self http://localhost:5003/api --port 5003' +
        ' --controller http://host.docker.internal:5000/api',
    ]);
  });

  it('runs this program from a read-only mount and listens beyond the container', () => {
    const { arguments: words } = dockerWords({ controller: 'http://127.0.0.1:7000/api' }, {});
    expect(words).toContain('/opt/lib/proctor:/opt/proctor:ro');
    expect(words.at(-1)).toBe(
      'umask 0; setup; exec node /opt/proctor/dist/cli/main.js task-worker os-std --config configs/start_task.yaml' +
        ' --self http://localhost:5003/api --port 5003 --controller http://host.docker.internal:7000/api' +
        ' --stuck-after 30000ms --host 0.0.0.0 --insecure',
    );
  });

  it('mounts the dependencies that lie beside an installed package', () => {
    const installed = { ...own, packageFolder: '/usr/lib/node_modules/proctor' };
    const { arguments: words } = dockerWords({ own: installed }, {});
    expect(words).toContain('/usr/lib/node_modules:/opt/node_modules:ro');
  });

  it('is ended by its name', () => {
    const { arguments: words, killCommand } = dockerWords({}, {});
    expect(killCommand).toEqual({ command: 'docker', arguments: ['kill', words[3]] });
  });

  it('carries the mark by which it is found when nobody is left to end it by its name', () => {
    const marked = { ...own, environment: { PROCTOR_FLEET: 'm1' } };
    expect(dockerWords({ own: marked }, {}).arguments.join(' ')).toContain('--label proctor.fleet=m1 -p');
  });

  it('gets the token by its name alone, and only if it can send it', () => {
    const secured = { ...own, environment: { PROCTOR_TOKEN: 'secret' }, tlsCa: 'ca.pem' };
    const ours = dockerWords({ own: secured }, {});
    expect(ours.arguments.join(' ')).toMatch(/ -e PROCTOR_TOKEN .* --tls-ca ca\.pem --host 0\.0\.0\.0$/);
    expect(ours.arguments.join(' ')).not.toContain('secret');
    expect(ours.environment['PROCTOR_TOKEN']).toBe('secret');
    const python = dockerWords({ own: secured }, { program: 'python' });
    expect(python.arguments).not.toContain('PROCTOR_TOKEN');
    const bare = workerCommand({ ...request, own: secured, launch: { ...launch, program: 'python' } });
    expect(bare.environment['PROCTOR_TOKEN']).toBeUndefined();
  });

  it('quotes a task’s name for the shell', () => {
    const { arguments: words } = dockerWords({}, { task: "it's; rm -rf /" });
    expect(words.at(-1)).toContain(`task-worker 'it'\\''s; rm -rf /' --config`);
  });

  it('refuses a configuration file that the container cannot see', () => {
    expect(() => dockerWords({ configFile: '../other.yaml' }, {})).toThrow(
      'runs in a container, which cannot see ../other.yaml',
    );
  });
});
