import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A database server for tests: on a free loopback port, its data in a temporary folder. */
export interface MariaDbServer {
  /** With a user that may do everything. */
  readonly url: string;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` };
const startLimitMs = 60_000;
const stopLimitMs = 10_000;

/** Why tests that need the server are skipped; `undefined` where it is installed, and in CI, where it must be. */
export const mariaDbMissing: string | undefined = findMissing();

function findMissing(): string | undefined {
  if (process.env['CI']) return undefined;
  const { error } = spawnSync('mariadbd', ['--version'], { env: environment, stdio: 'ignore' });
  return error ? 'mariadbd is not installed; on Debian: apt-get install mariadb-server' : undefined;
}

/** Starts a server that nobody else uses. Rejects with what it printed when it does not come up. */
export async function startMariaDb(): Promise<MariaDbServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'proctor-mariadb-'));
  try {
    // The server gives up root's rights, and must reach its folder without them.
    await chmod(folder, 0o755);
    return await startIn(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Runs a command that ends with the shell's input, so that no server outlives a test process that was killed. */
const endWithInput =
  'exec 3<&0; "$@" 3<&- & server=$!; { cat <&3 >/dev/null; kill "$server" 2>/dev/null; } & wait "$server"';

async function startIn(folder: string): Promise<MariaDbServer> {
  const data = path.join(folder, 'data');
  // In a shared folder, servers that start at the same time would remove each other's temporary tables.
  const temporary = path.join(folder, 'tmp');
  await mkdir(temporary);
  await chmod(temporary, 0o777);
  const env = { ...environment, TMPDIR: temporary };
  const user = process.getuid?.() === 0 ? ['--user=mysql'] : [];
  const shared = ['--no-defaults', ...user, `--datadir=${data}`];
  const installed = spawnSync(
    'mariadb-install-db',
    [...shared, '--skip-test-db', '--auth-root-authentication-method=normal'],
    { env, encoding: 'utf8' },
  );
  if (installed.status !== 0)
    throw new Error(`mariadb-install-db failed: ${installed.error?.message ?? installed.stderr}`);
  const port = await findFreePort();
  const settings = [`--socket=${data}/server.sock`, '--bind-address=127.0.0.1', `--port=${port}`];
  // Tests need no data on disk.
  const command = ['mariadbd', ...shared, ...settings, '--innodb-flush-method=nosync'];
  const server = spawn('sh', ['-c', endWithInput, 'sh', ...command], {
    env,
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  const killAtExit = () => killGroup(server);
  process.once('exit', killAtExit);
  await untilReady(server);
  return {
    url: `mysql://root@127.0.0.1:${port}`,
    stop: async () => {
      await stopServer(server);
      process.removeListener('exit', killAtExit);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => {
      killGroup(server);
      reject(new Error(`mariadbd did not come up in time:\n${printed}`));
    }, startLimitMs);
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (!printed.includes('ready for connections')) return;
      clearTimeout(timer);
      resolve();
    });
    server.once('error', reject);
    server.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`mariadbd ended with ${code}:\n${printed}`));
    });
  });
}

function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => killGroup(server), stopLimitMs);
    server.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    server.stdin?.end();
  });
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}
