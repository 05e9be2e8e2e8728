import Docker from 'dockerode';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A container engine for tests that nobody else uses; it has the image `dockerTestImage`. */
export interface DockerForTests {
  /** As DOCKER_HOST names it. */
  readonly host: string;
  /** Ends the engine with all that it runs, and removes its data. */
  stop(): Promise<void>;
}

/** A root file system with bash, Python and gcc, as `.ci/test-root` makes it. */
export const testRootFolder = process.env['PROCTOR_TEST_ROOT'] ?? '/var/cache/proctor-test-root';

/** An image of that, which every engine for tests has. */
export const dockerTestImage = 'proctor-test';

const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
const startLimitMs = 60_000;
const stopLimitMs = 30_000;

/** Why tests that need the engine are skipped; `undefined` where it can be had, and in CI, where it must. */
export const dockerMissing: string | undefined = findMissing();

function findMissing(): string | undefined {
  if (process.env['CI']) return undefined;
  if (process.getuid?.() !== 0) return 'only root may start a container engine';
  const { error } = spawnSync('dockerd', ['--version'], { env: environment, stdio: 'ignore' });
  if (error) return 'dockerd is not installed; on Debian: apt-get install docker.io';
  return existsSync(path.join(testRootFolder, 'bin'))
    ? undefined
    : `there is no root file system at ${testRootFolder}; .ci/test-root ${testRootFolder} makes it`;
}

export interface EngineSetting {
  /** The name of a network bridge to make, by which containers and this machine reach each other; none without it. */
  readonly bridge?: string | undefined;
}

/** Starts an engine and gives it the image. Rejects with what the engine printed when it does not come up. */
export async function startDockerForTests(setting: EngineSetting = {}): Promise<DockerForTests> {
  const folder = await mkdtemp(path.join(tmpdir(), 'proctor-docker-'));
  const socket = path.join(folder, 'docker.sock');
  const engine = startEngine(folder, socket, setting);
  const killAtExit = () => killGroup(engine);
  process.once('exit', killAtExit);
  const stop = async () => {
    await stopEngine(engine);
    process.removeListener('exit', killAtExit);
    // Where the engine was killed, what held its containers lives on, and names the folder in its arguments.
    spawnSync('pkill', ['-KILL', '-f', `${folder}/exec`], { env: environment });
    unmountBelow(folder);
    if (setting.bridge) spawnSync('ip', ['link', 'delete', setting.bridge], { env: environment });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(engine);
    await importRoot(new Docker({ socketPath: socket }));
    return { host: `unix://${socket}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs a command that ends with the shell's input, so that no engine outlives a test process that was killed. */
const endWithInput =
  'exec 3<&0; "$@" 3<&- & engine=$!; { cat <&3 >/dev/null; kill "$engine" 2>/dev/null; } & wait "$engine"';

function startEngine(folder: string, socket: string, { bridge }: EngineSetting): ChildProcess {
  const settings = [
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/pid`,
    `--host=unix://${socket}`,
    '--shutdown-timeout=2',
  ];
  if (bridge !== undefined) makeBridge(bridge);
  // It must not touch the network of the machine.
  const apart = [`--bridge=${bridge ?? 'none'}`, '--iptables=false', '--ip-masq=false', '--ip-forward=false'];
  return spawn('sh', ['-c', endWithInput, 'sh', 'dockerd', ...settings, ...apart], {
    env: environment,
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
}

function makeBridge(bridge: string): void {
  for (const words of [
    ['link', 'add', bridge, 'type', 'bridge'],
    ['address', 'add', '172.31.251.1/24', 'dev', bridge],
    ['link', 'set', bridge, 'up'],
  ]) {
    const { status, stderr } = spawnSync('ip', words, { env: environment, encoding: 'utf8' });
    if (status !== 0) throw new Error(`ip ${words.join(' ')} failed: ${stderr}`);
  }
}

function untilReady(engine: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(
      () => reject(new Error(`dockerd did not come up in time:\n${printed}`)),
      startLimitMs,
    );
    engine.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-10_000);
      if (!printed.includes('API listen on')) return;
      clearTimeout(timer);
      resolve();
    });
    engine.once('error', reject);
    engine.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`dockerd ended with ${code}:\n${printed}`));
    });
  });
}

async function importRoot(docker: Docker): Promise<void> {
  const tar = spawn('tar', ['-c', '--exclude=./proc/*', '--exclude=./sys/*', '-C', testRootFolder, '.'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const answer = await docker.importImage(tar.stdout, { repo: dockerTestImage, tag: 'latest' });
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(answer, (error) => (error ? reject(error) : resolve())),
  );
}

function stopEngine(engine: ChildProcess): Promise<void> {
  if (engine.exitCode !== null || engine.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => killGroup(engine), stopLimitMs);
    engine.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    engine.stdin?.end();
  });
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}

/** An engine that was killed leaves the file systems of its containers mounted. */
function unmountBelow(folder: string): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const points = mounts
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.reverse()) spawnSync('umount', ['--lazy', point], { env: environment });
}
