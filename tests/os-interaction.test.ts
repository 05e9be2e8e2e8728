import { spawnSync } from 'node:child_process';
import { chmod, readdir } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeFolder, type Folder } from './fixtures/folder.ts';
import { findFreePorts } from './fixtures/ports.ts';
import { mainFile, projectFolder, runProctor, startProctor, type Program } from './fixtures/program.ts';
import { until } from './fixtures/until.ts';

const missing = spawnSync('bwrap', ['--version']).error
  ? 'bwrap is not installed; on Debian: apt-get install bubblewrap'
  : undefined;
/** In CI it must be there. */
const skip = process.env['CI'] ? undefined : missing;
const named = (name: string) => `${name}${skip === undefined ? '' : ` (skipped: ${skip})`}`;

/** Sandboxes are made below the folder for temporary files: each test has its own. */
async function makePlace(
  files: Readonly<Record<string, string>>,
): Promise<{ folder: Folder; env: Record<string, string> }> {
  const folder = await makeFolder({ ...files, 'tmp/keep': '' });
  return { folder, env: { TMPDIR: path.join(folder.path, 'tmp') } };
}

/** Of the sandboxes that were made in the folder, and of their drivers. */
async function sandboxFolders(folder: Folder, user = process.getuid?.()): Promise<readonly string[]> {
  const places = [folder.path, path.join(folder.path, 'tmp')];
  const all = places.map((place) => readdir(path.join(place, `proctor-sandboxes-${user}`)).catch(() => []));
  return (await Promise.all(all)).flat();
}

function controlGroups(instances: readonly string[]): readonly string[] {
  const roots = ['/sys/fs/cgroup', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/pids', '/sys/fs/cgroup/cpu'];
  const names = roots.flatMap((root) => {
    try {
      return readdirSync(root);
    } catch {
      return [];
    }
  });
  return names.filter((name) => instances.some((instance) => name.startsWith(`proctor-${instance}-`)));
}

function processesOf(command: string): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim() === command;
    } catch {
      return false;
    }
  }).length;
}

const workers = (program: Program, task: string) =>
  program.processes().filter(({ commandLine }) => commandLine.includes(`task-worker ${task}`));

describe.skipIf(skip !== undefined)(named('two tasks and two agents in one file'), () => {
  it('are played to the end although a worker is killed, and end with the right table', async () => {
    const { folder, env } = await makePlace({});
    await using _folder = folder;
    const file = 'configs/assignments/dbbench-and-os.yaml';
    const words = ['run', file, '--auto-retry', '--output', path.join(folder.path, 'out')];
    await using program = startProctor(words, { env });
    const runs = (agent: string, task: string) => folder.readLines(`out/${agent}/${task}/runs.jsonl`);
    await until('the first runs', async () => (await runs('oracle', 'os-interaction')).length > 3);
    const [victim] = workers(program, 'os-interaction');
    if (!victim) throw new Error(`it has ended: ${program.stderr}`);
    process.kill(victim.pid, 'SIGKILL');
    expect(await program.exited, program.stderr).toEqual({ code: 0, signal: null });
    expect(program.stderr).toMatch(/os-interaction #\d was ended by SIGKILL/);
    expect(program.stdout).toMatch(/oracle +dbbench +35 +35 +0 .* 1$/m);
    expect(program.stdout).toMatch(/oracle +os-interaction +32 +32 +0 .* 1$/m);
    expect(program.stdout).toMatch(/scripted-wrong +os-interaction +32 +32 +0 .* 0$/m);
    expect(await runs('oracle', 'os-interaction')).toHaveLength(32);
    expect(await runs('scripted-wrong', 'dbbench')).toHaveLength(35);
    const overall = JSON.parse(await folder.read('out/oracle/os-interaction/overall.json')) as {
      custom: unknown;
    };
    expect(overall.custom).toEqual({ overall: { total: 32, pass: 32, wrong: 0, acc: 1 } });
    expect(program.processes()).toEqual([]);
    // What the killed worker left was removed when the next one came.
    expect(await sandboxFolders(folder)).toEqual([]);
  });
});

interface Played extends AsyncDisposable {
  readonly folder: Folder;
  readonly program: Program;
  readonly controller: string;
  /** Starts a sample whose shell has left a daemon behind; gives its session. */
  start(daemon: string): Promise<number>;
}

/** A controller and one worker of the task, which is given the agent's words by hand. */
async function startPlaying(): Promise<Played> {
  const definition = {
    'os-interaction': { module: 'os-interaction', parameters: { name: 'os-interaction', concurrency: 2 } },
  };
  const { folder, env } = await makePlace({
    'start.yaml': stringify({ definition, start: { 'os-interaction': 1 } }),
  });
  const port = await findFreePorts(2);
  const controller = `http://localhost:${port}/api`;
  const words = ['start-task', '--config', 'start.yaml', '-a', '-l', controller, '-p', String(port + 1)];
  const program = startProctor(words, { cwd: folder.path, env });
  await program.seen(/all 1 workers are ready/);
  return {
    folder,
    program,
    controller,
    async start(daemon) {
      const begun = await post(`${controller}/start_sample`, {
        name: 'os-interaction',
        index: await firstIndex(controller),
      });
      const session = Number(
        begun.headers.get('session_id') ?? ((await begun.json()) as { session_id: number }).session_id,
      );
      const content = `Think: a daemon.\n\nAct: bash\n\n\`\`\`bash\nsetsid ${daemon} &\n\`\`\``;
      const reply = await post(`${controller}/interact`, {
        session_id: session,
        agent_response: { status: 'normal', content },
      });
      expect(reply.status).toBe(200);
      await until('the daemon', () => processesOf(daemon) === 1);
      return session;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function post(url: string, body: unknown): Promise<Response> {
  return await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function firstIndex(controller: string): Promise<unknown> {
  const reply = await fetch(`${controller}/get_indices?name=os-interaction`);
  return ((await reply.json()) as readonly unknown[])[0];
}

describe.skipIf(skip !== undefined)(named('a worker of os-interaction'), () => {
  it('leaves nothing running when it is killed, and what it left is removed at the next start', async () => {
    await using played = await startPlaying();
    const { folder, program } = played;
    await played.start('sleep 76001');
    const [worker] = workers(program, 'os-interaction');
    const before = await sandboxFolders(folder);
    expect(before).toHaveLength(1);
    expect(controlGroups(before).length).toBeGreaterThan(0);
    if (!worker) throw new Error('there is no worker');
    process.kill(worker.pid, 'SIGKILL');
    await until('the daemon to be gone', () => processesOf('sleep 76001') === 0);
    await until('another worker', () =>
      workers(program, 'os-interaction').some(({ pid }) => pid !== worker.pid),
    );
    await until('the rest to be removed', async () => {
      const now = await sandboxFolders(folder);
      return now.length === 1 && now[0] !== before[0] && controlGroups(before).length === 0;
    });
    expect(program.stderr).toContain('Sandboxes of processes that are gone were removed');
  });

  it('ends a cancelled sample with all that it started, and the rest when it is told to stop', async () => {
    await using played = await startPlaying();
    const { controller, folder, program } = played;
    const session = await played.start('sleep 76002');
    await played.start('sleep 76003');
    expect((await post(`${controller}/cancel`, { session_id: session })).status).toBe(200);
    await until('the daemon to be gone', () => processesOf('sleep 76002') === 0);
    expect(processesOf('sleep 76003')).toBe(1);
    const [instance] = await sandboxFolders(folder);
    program.kill('SIGTERM');
    expect((await program.exited).code).toBe(0);
    expect(processesOf('sleep 76003')).toBe(0);
    expect(await sandboxFolders(folder)).toEqual([]);
    expect(controlGroups([instance ?? ''])).toEqual([]);
    expect(program.processes()).toEqual([]);
  });
});

describe.skipIf(skip !== undefined)(named('proctor doctor'), () => {
  it('says which sandbox is used, and what is wrong with the other', async () => {
    const env = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    const { code, stdout } = await runProctor(['doctor'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/bubblewrap +works \(limits by (cgroup v1|cgroup v2|prlimit)\), used/);
    expect(stdout).toMatch(
      /docker +does not work: .*unix:\/\/\/nowhere\/docker\.sock.*\n +what to do: .*docker\.io/,
    );
    expect(stdout).toContain('use bubblewrap: it is the first that works');
  });

  it('finds a sandbox for an ordinary user too, who can play with it', async () => {
    const { folder } = await makePlace({});
    await using _folder = folder;
    await chmod(folder.path, 0o777);
    const user = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const env = { ...process.env, TMPDIR: folder.path, DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    const words = [...user, process.execPath, mainFile, 'doctor'];
    const { status, stdout, stderr } = spawnSync('setpriv', words, { env, cwd: '/', encoding: 'utf8' });
    expect(stdout, stderr).toMatch(/bubblewrap +works \(limits by (prlimit|cgroup v2)\), used/);
    expect(status).toBe(0);
    const file = path.join(projectFolder, 'configs/assignments/dbbench-and-os.yaml');
    const run = [...user, process.execPath, mainFile, 'run', file, '--output', path.join(folder.path, 'out')];
    const played = spawnSync('setpriv', run, { env, cwd: folder.path, encoding: 'utf8' });
    expect(played.stdout, played.stderr).toMatch(/oracle +os-interaction +32 +32 +0 .* 1$/m);
    expect(await sandboxFolders(folder, 65_534)).toEqual([]);
  });

  /** Runs a command where bwrap cannot be started, as on a machine that has none. */
  const withoutBubblewrap = (words: string) => {
    const script = `mount --bind /dev/null "$(readlink -f "$(command -v bwrap)")" && exec "$0" dist/cli/main.js ${words}`;
    const argv = ['--mount', '--propagation', 'private', 'sh', '-c', script, process.execPath];
    const env = { ...process.env, DOCKER_HOST: 'unix:///nowhere/docker.sock' };
    return spawnSync('unshare', argv, { env, encoding: 'utf8' });
  };

  it('says how to get one where there is none, and no worker that needs one starts', async () => {
    const doctor = withoutBubblewrap('doctor');
    expect(doctor.status).toBe(1);
    expect(doctor.stdout).toMatch(
      /bubblewrap +does not work: .*\n +what to do: .*apt-get install bubblewrap/,
    );
    expect(doctor.stdout).toContain('cannot be played here');
    const port = await findFreePorts(1);
    const worker = withoutBubblewrap(`task-worker os-interaction -c configs/tasks/os.yaml -p ${port}`);
    expect(worker.status).toBe(2);
    expect(worker.stderr).toMatch(/error: No sandbox can be used here.*bubblewrap: .*docker: /s);
    expect(worker.stderr).toMatch(/what to do: .*apt-get install bubblewrap/);
  });
});
