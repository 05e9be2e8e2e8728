import Docker from 'dockerode';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLogger, systemClock } from '../../base/index.ts';
import {
  dockerMissing,
  dockerTestImage,
  startDockerForTests,
  type DockerForTests,
} from '../../testing/docker-engine.ts';
import type { SandboxBackend } from '../backend.ts';
import type { Sandbox, SandboxDriver } from '../contract.ts';
import { createDockerDriver, type DockerDriverSettings } from './index.ts';

const startLimitMs = 120_000;
// The engine shares the machine with the other tests.
vi.setConfig({ testTimeout: 90_000 });
const patience = { timeout: 30_000, interval: 50 };

let engine: DockerForTests | undefined;
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  if (dockerMissing === undefined) engine = await startDockerForTests();
}, startLimitMs);

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  if (engine) expect(await listSandboxes()).toEqual([]);
});

afterAll(() => engine?.stop(), startLimitMs);

const docker = () => new Docker({ socketPath: socketOf(engine as DockerForTests) });
const socketOf = ({ host }: DockerForTests) => host.slice('unix://'.length);

/** The driver alone: a sandbox is only the handle by which its backend is found. */
const backends = new Map<string, SandboxBackend>();
function makeSandbox(backend: SandboxBackend): Sandbox {
  backends.set(backend.id, backend);
  return { id: backend.id, destroy: () => backend.destroy() } as Sandbox;
}

async function openDriver(settings: Partial<DockerDriverSettings> = {}): Promise<SandboxDriver> {
  const driver = await createDockerDriver({
    clock: systemClock,
    log: silentLogger,
    makeSandbox,
    host: engine?.host,
    ...settings,
  });
  cleanups.push(() => driver.release());
  return driver;
}

const backendOf = ({ id }: Sandbox) => backends.get(id) as SandboxBackend;

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

async function run(sandbox: Sandbox, script: string, input?: string): Promise<Ran> {
  const process = await backendOf(sandbox).start(['/bin/bash', '-c', script], {
    hasInput: input !== undefined,
  });
  if (input !== undefined) {
    await process.write(Buffer.from(input));
    process.closeInput();
  }
  const printed = { stdout: '', stderr: '' };
  for await (const { channel, bytes } of process.output) printed[channel] += Buffer.from(bytes).toString();
  const exitCode = await process.exited;
  process.detach();
  return { ...printed, exitCode };
}

const listContainers = () => docker().listContainers({ all: true, filters: { label: ['proctor.sandbox'] } });

/** Those that are there, by the label that says which they are. */
async function listSandboxes(): Promise<readonly (string | undefined)[]> {
  return (await listContainers()).map(({ Labels }) => Labels['proctor.sandbox']);
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'proctor-docker-test-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder that is a whole image: nothing in it is ever run. */
async function smallRoot(): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(path.join(folder, 'etc'));
  await writeFile(path.join(folder, 'etc', 'small'), 'a root file system');
  return folder;
}

const imagesMade = ['proctor-made-folder', 'proctor-made-archive', 'proctor-made-build', 'proctor-made-once'];
async function removeImages(): Promise<void> {
  for (const name of imagesMade)
    await docker()
      .getImage(name)
      .remove({ force: true })
      .catch(() => undefined);
}

type Verdict = 'pass' | 'fail' | 'hold';

/** Stands between a driver and the engine; one connection carries one request. */
class EngineProxy {
  readonly #target: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  /** Requests that passed or were held, by their first line. */
  readonly requests: string[] = [];
  judge: (request: string) => Verdict = () => 'pass';

  constructor(target: string) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  async listen(socket: string): Promise<string> {
    this.#server.listen(socket);
    await once(this.#server, 'listening');
    return `unix://${socket}`;
  }

  get held(): number {
    return this.#held.length;
  }

  /** Lets one that is held go on. */
  letGo(): void {
    this.#held.shift()?.();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    this.#keep(client);
    client.once('data', (first: Buffer) => {
      client.pause();
      const request = first.toString('latin1').split('\r\n')[0] ?? '';
      this.requests.push(request);
      const verdict = this.judge(request);
      if (verdict === 'pass') this.#pass(client, first);
      else if (verdict === 'hold') this.#held.push(() => this.#pass(client, first));
      else client.end('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 19\r\n\r\n{"message":"tired"}');
    });
  }

  #pass(client: Socket, first: Buffer): void {
    if (client.destroyed) return;
    const server = connect({ path: this.#target, allowHalfOpen: true });
    this.#keep(server);
    server.write(first);
    client.pipe(server);
    server.pipe(client);
    client.once('close', () => server.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

async function openProxy(): Promise<{ readonly proxy: EngineProxy; readonly host: string }> {
  const proxy = new EngineProxy(socketOf(engine as DockerForTests));
  const host = await proxy.listen(path.join(await temporaryFolder(), 'proxy.sock'));
  cleanups.push(() => proxy.close());
  return { proxy, host };
}

/** A verdict for the first so many requests of a kind; the others pass. */
function firstOnes(count: number, kind: RegExp, verdict: Verdict): (request: string) => Verdict {
  let left = count;
  return (request) => (kind.test(request) && left-- > 0 ? verdict : 'pass');
}

const isCreation = /^POST \S*\/containers\/create/;
const isExecCreation = /^POST \S*\/containers\/\S+\/exec/;

describe('an engine that cannot be used', () => {
  it('is named with the reason', async () => {
    const host = 'unix:///nowhere/docker.sock';
    await expect(openDriver({ host })).rejects.toMatchObject({
      code: 'sandbox-engine-unreachable',
      parameters: { address: host, reason: expect.stringContaining('ENOENT') },
    });
    vi.stubEnv('DOCKER_HOST', host);
    await expect(openDriver({ host: undefined })).rejects.toMatchObject({ parameters: { address: host } });
    vi.unstubAllEnvs();
    await expect(openDriver({ host: 'somewhere' })).rejects.toMatchObject({
      code: 'sandbox-engine-unreachable',
      parameters: { reason: expect.stringContaining('unix://') },
    });
  });
});

describe.skipIf(dockerMissing !== undefined)('the docker driver', () => {
  describe('processes', () => {
    it('print on two channels, read their input and tell how they ended', async () => {
      const sandbox = await (await openDriver()).create(dockerTestImage);
      const script = 'cat; echo wrong >&2; exit 3';
      expect(await run(sandbox, script, 'said\n')).toEqual({
        stdout: 'said\n',
        stderr: 'wrong\n',
        exitCode: 3,
      });
      expect(await run(sandbox, 'kill -9 $$')).toMatchObject({ exitCode: 137 });
      expect(await run(sandbox, 'read line || echo "no input"')).toMatchObject({ stdout: 'no input\n' });
      await sandbox.destroy();
    });

    it('keep every byte of a long output, in order', async () => {
      const sandbox = await (await openDriver()).create(dockerTestImage);
      const { stdout } = await run(sandbox, 'seq 1 200000');
      expect(stdout).toBe(Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join(''));
      await sandbox.destroy();
    });

    it('wait when nobody reads what they print', async () => {
      const sandbox = await (await openDriver()).create(dockerTestImage);
      const process = await backendOf(sandbox).start(
        ['/bin/bash', '-c', 'yes | head -c 100M; echo x >/root/done'],
        {
          hasInput: false,
        },
      );
      const reader = process.output[Symbol.asyncIterator]();
      await reader.next();
      expect(await run(sandbox, 'test -e /root/done')).toMatchObject({ exitCode: 1 });
      let bytes = 0;
      for (let next = await reader.next(); !next.done; next = await reader.next())
        bytes += next.value.bytes.length;
      expect(bytes).toBeGreaterThan(90_000_000);
      await vi.waitFor(
        async () => expect(await run(sandbox, 'test -e /root/done')).toMatchObject({ exitCode: 0 }),
        patience,
      );
      await sandbox.destroy();
    });

    it('tell their end although a daemon holds their output', async () => {
      const sandbox = await (await openDriver()).create(dockerTestImage);
      const process = await backendOf(sandbox).start(['/bin/bash', '-c', 'setsid sleep 1000 & exit 7'], {
        hasInput: false,
      });
      expect(await process.exited).toBe(7);
      process.detach();
      await sandbox.destroy();
    });

    it('that the engine cannot start are no words of the process', async () => {
      const sandbox = await (await openDriver()).create(dockerTestImage);
      const process = await backendOf(sandbox).start(['/nowhere/program'], { hasInput: false });
      await expect(process.output[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: 'sandbox-wrecked',
        parameters: { reason: expect.stringContaining('/nowhere/program') },
      });
      expect(await run(sandbox, 'printf "OCI runtime \\r\\n"')).toMatchObject({ stdout: 'OCI runtime \r\n' });
      await sandbox.destroy();
    });

    it('leave no zombie behind', async () => {
      const sandbox = await (await openDriver()).create(dockerTestImage);
      await run(sandbox, 'for i in 1 2 3 4 5; do (setsid true &) ; done');
      await vi.waitFor(
        async () =>
          expect(await run(sandbox, 'grep -l "^State:.Z" /proc/[0-9]*/status')).toMatchObject({ stdout: '' }),
        patience,
      );
      await sandbox.destroy();
    });
  });

  describe('a container', () => {
    it('says what it is and whose', async () => {
      const sandbox = await (await openDriver()).create(dockerTestImage);
      const [container] = await listContainers();
      expect(container?.Labels).toMatchObject({ 'proctor.sandbox': sandbox.id });
      expect(container?.Labels['proctor.owner']).toContain(`:${process.pid}:`);
      await sandbox.destroy();
    });

    it('shows a folder of the host that was mounted, read-only unless it was said', async () => {
      const [readable, writable] = [await temporaryFolder(), await temporaryFolder()];
      await writeFile(path.join(readable, 'note'), 'for you');
      const mounts = [
        { source: readable, target: '/readable' },
        { source: writable, target: '/writable', writable: true },
      ];
      const sandbox = await (await openDriver()).create(dockerTestImage, { mounts });
      expect(await run(sandbox, 'cat /readable/note')).toMatchObject({ stdout: 'for you' });
      expect(await run(sandbox, 'echo x >/readable/note')).toMatchObject({ exitCode: 1 });
      expect(await run(sandbox, 'echo x >/writable/note')).toMatchObject({ exitCode: 0 });
      await sandbox.destroy();
    });

    it('goes on with its files after its processes were ended', async () => {
      const sandbox = await (await openDriver()).create(dockerTestImage);
      await run(sandbox, 'echo kept >/root/file; setsid sleep 1000 >/dev/null 2>&1 &');
      const listening = await backendOf(sandbox).start(['/bin/bash', '-c', 'echo up; sleep 1000'], {
        hasInput: false,
      });
      const reader = listening.output[Symbol.asyncIterator]();
      await reader.next();
      await backendOf(sandbox).restart();
      expect(await reader.next()).toMatchObject({ done: true });
      await listening.exited;
      expect(await run(sandbox, 'cat /root/file; grep -lx sleep /proc/[0-9]*/comm')).toMatchObject({
        stdout: 'kept\n',
      });
      await sandbox.destroy();
    });

    it('survives signals to all of its processes, and is started again when it does not run', async () => {
      const sandbox = await (await openDriver()).create(dockerTestImage);
      await run(sandbox, 'echo kept >/root/file; kill -9 -1; kill -TERM 1');
      expect(await run(sandbox, 'cat /root/file')).toMatchObject({ stdout: 'kept\n' });
      await docker().getContainer(sandbox.id).kill();
      expect(await run(sandbox, 'cat /root/file')).toMatchObject({ stdout: 'kept\n' });
      await sandbox.destroy();
    });

    it('is gone after it was destroyed, twice too, and says so', async () => {
      const sandbox = await (await openDriver()).create(dockerTestImage);
      await Promise.all([sandbox.destroy(), sandbox.destroy()]);
      await sandbox.destroy();
      await expect(run(sandbox, 'true')).rejects.toMatchObject({ code: 'sandbox-failed' });
    });

    it('that nobody destroyed is gone when its driver is released', async () => {
      const driver = await openDriver();
      await Promise.all([driver.create(dockerTestImage), driver.create(dockerTestImage)]);
      await driver.release();
      expect(await listSandboxes()).toEqual([]);
      await expect(driver.create(dockerTestImage)).rejects.toMatchObject({ code: 'sandbox-failed' });
    });

    it('that writes too much is ended, and one that writes far too much is removed', async () => {
      const mebibyte = 2 ** 20;
      const driver = await openDriver({ diskPeriodMs: 100 });
      const sandbox = await driver.create(dockerTestImage, { disk: mebibyte });
      const tooLarge = await run(sandbox, 'head -c 3M /dev/zero >/root/large');
      expect(tooLarge.exitCode).not.toBe(0);
      await run(sandbox, 'head -c 900K /dev/zero >/root/a; head -c 900K /dev/zero >/root/b; sleep 1000');
      expect(await run(sandbox, 'ls /root')).toMatchObject({ stdout: 'a\nb\nlarge\n' });
      await run(
        sandbox,
        'for i in 1 2 3 4 5 6 7 8 9; do head -c 900K /dev/zero >/root/$i; done; sleep 1000',
      ).catch(() => undefined);
      await vi.waitFor(
        () =>
          expect(run(sandbox, 'true')).rejects.toMatchObject({
            message: expect.stringContaining('disk limit'),
          }),
        patience,
      );
    });
  });

  describe('what a process that was killed has left', () => {
    it('is removed by the next one, and nothing of one that lives', async () => {
      const driver = await openDriver();
      const mine = await driver.create(dockerTestImage);
      const script = `
        const { createJiti } = await import('jiti');
        const load = (file) => createJiti(${JSON.stringify(import.meta.url)}).import(file);
        const { createDockerDriver } = await load('./index.ts');
        const { silentLogger, systemClock } = await load('../../base/index.ts');
        const settings = { clock: systemClock, log: silentLogger, makeSandbox: ({ id }) => ({ id }) };
        const driver = await createDockerDriver({ ...settings, host: ${JSON.stringify(engine?.host)} });
        console.log((await driver.create(${JSON.stringify(dockerTestImage)})).id);`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [printed] = (await once(child.stdout, 'data')) as [Buffer];
      const theirs = printed.toString().trim();
      expect(await driver.removeLeftOvers()).toBe(0);
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(await listSandboxes()).toContain(theirs);
      expect(await driver.removeLeftOvers()).toBe(1);
      expect(await listSandboxes()).toEqual([mine.id]);
      await mine.destroy();
    });
  });

  describe('an image', () => {
    beforeAll(removeImages);
    afterAll(removeImages);

    it('is made from a folder, and from an archive', async () => {
      const driver = await openDriver();
      const lines: string[] = [];
      const folder = await smallRoot();
      await driver.prepareImage('proctor-made-folder', { kind: 'folder', folder }, (line) =>
        lines.push(line),
      );
      expect(lines.join('\n')).toContain('proctor-made-folder');
      expect((await docker().getImage('proctor-made-folder').inspect()).Config.Labels).toHaveProperty(
        'proctor.image',
      );
      const file = path.join(await temporaryFolder(), 'root.tar');
      await once(spawn('tar', ['-c', '-f', file, '-C', folder, '.']), 'exit');
      await driver.prepareImage('proctor-made-archive', { kind: 'archive', file }, () => undefined);
      expect(await docker().getImage('proctor-made-archive').inspect()).toBeDefined();
    });

    it('is built from a Dockerfile and its folder', async () => {
      const folder = await temporaryFolder();
      const file = path.join(folder, 'Dockerfile');
      await writeFile(file, `FROM ${dockerTestImage}\nCOPY note /root/note\n`);
      await writeFile(path.join(folder, 'note'), 'copied');
      const driver = await openDriver();
      await driver.prepareImage('proctor-made-build', { kind: 'dockerfile', file }, () => undefined);
      const sandbox = await driver.create('proctor-made-build');
      expect(await run(sandbox, 'cat /root/note')).toMatchObject({ stdout: 'copied' });
      await sandbox.destroy();
    });

    it('that is there is not made again, and two that ask at once get one', async () => {
      const driver = await openDriver();
      const source = { kind: 'folder', folder: await smallRoot() } as const;
      const prepare = () => driver.prepareImage('proctor-made-once', source, () => undefined);
      await Promise.all([prepare(), prepare()]);
      const first = await docker().getImage('proctor-made-once').inspect();
      await writeFile(path.join(source.folder, 'more'), 'another content');
      await prepare();
      expect((await docker().getImage('proctor-made-once').inspect()).Id).toBe(first.Id);
    });

    it('that cannot be made is named with the reason, and half of it is not kept', async () => {
      const driver = await openDriver();
      const folder = await temporaryFolder();
      const file = path.join(folder, 'Dockerfile');
      await writeFile(file, 'FROM scratch\nCOPY missing /\n');
      const sources = [
        [{ kind: 'folder', folder: '/nowhere/root' }, '/nowhere/root'],
        [{ kind: 'archive', file: '/nowhere/root.tar' }, 'ENOENT'],
        [{ kind: 'dockerfile', file }, 'missing'],
      ] as const;
      for (const [source, reason] of sources)
        await expect(
          driver.prepareImage('proctor-made-never', source, () => undefined),
        ).rejects.toMatchObject({
          code: 'sandbox-image-failed',
          parameters: { image: 'proctor-made-never', reason: expect.stringContaining(reason) },
        });
      await expect(docker().getImage('proctor-made-never').inspect()).rejects.toMatchObject({
        statusCode: 404,
      });
    });
  });

  describe('an engine that is slow or fails', () => {
    it('is asked again for a process, which runs once', async () => {
      const { proxy, host } = await openProxy();
      const driver = await openDriver({ host, callLimitMs: 2000 });
      const sandbox = await driver.create(dockerTestImage);
      proxy.judge = firstOnes(1, isExecCreation, 'hold');
      expect(await run(sandbox, 'echo once | tee -a /root/log')).toMatchObject({
        stdout: 'once\n',
        exitCode: 0,
      });
      proxy.letGo();
      expect(await run(sandbox, 'cat /root/log')).toMatchObject({ stdout: 'once\n' });
      await sandbox.destroy();
    });

    it('is asked again for a container, and leaves none that nobody has', async () => {
      const { proxy, host } = await openProxy();
      const driver = await openDriver({ host });
      proxy.judge = firstOnes(2, isCreation, 'fail');
      const sandbox = await driver.create(dockerTestImage);
      expect(await listSandboxes()).toHaveLength(1);
      await sandbox.destroy();
      proxy.judge = (request) => (isCreation.test(request) ? 'fail' : 'pass');
      await expect(driver.create(dockerTestImage)).rejects.toMatchObject({
        code: 'sandbox-failed',
        parameters: { reason: 'tired' },
      });
    });

    it('is not asked again when it has refused', async () => {
      const { proxy, host } = await openProxy();
      const driver = await openDriver({ host });
      await expect(driver.create('proctor-no-such-image')).rejects.toMatchObject({
        code: 'sandbox-image-failed',
      });
      expect(proxy.requests.filter((request) => isCreation.test(request))).toHaveLength(1);
    });

    it('has few containers to start at once, and the others wait', async () => {
      const { proxy, host } = await openProxy();
      const driver = await openDriver({ host });
      proxy.judge = (request) => (isCreation.test(request) ? 'hold' : 'pass');
      const creations = Array.from({ length: 12 }, () => driver.create(dockerTestImage));
      await vi.waitFor(() => expect(proxy.held).toBe(8), patience);
      const waiting = new AbortController();
      const cancelled = driver.create(dockerTestImage, { signal: waiting.signal });
      waiting.abort(new Error('not wanted any more'));
      await expect(cancelled).rejects.toThrow('not wanted any more');
      const asked = () => proxy.requests.filter((request) => isCreation.test(request)).length;
      expect(asked()).toBe(8);
      proxy.letGo();
      await vi.waitFor(() => expect(asked()).toBe(9), patience);
      proxy.judge = () => 'pass';
      while (proxy.held > 0) proxy.letGo();
      const sandboxes = await Promise.all(creations);
      expect(new Set(sandboxes.map(({ id }) => id)).size).toBe(12);
      await Promise.all(sandboxes.map((sandbox) => sandbox.destroy()));
    });

    it('that is cancelled while it makes a container keeps none', async () => {
      const { proxy, host } = await openProxy();
      const driver = await openDriver({ host });
      proxy.judge = firstOnes(1, /^POST \S*\/containers\/\S+\/start/, 'hold');
      const stop = new AbortController();
      const creation = driver.create(dockerTestImage, { signal: stop.signal });
      await vi.waitFor(() => expect(proxy.held).toBe(1), patience);
      stop.abort(new Error('cancelled'));
      await expect(creation).rejects.toThrow('cancelled');
      expect(await listSandboxes()).toEqual([]);
    });
  });
});
