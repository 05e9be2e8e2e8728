import type { ChildProcess } from 'node:child_process';
import { open, rmdir, writeFile, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { coerceError, ProctorError } from '../../base/index.ts';
import type { InnerProcess, SandboxBackend, StartOptions } from '../backend.ts';
import { homeOf } from '../sandbox-defaults.ts';
import {
  firstProcessText,
  infoChannel,
  joiningText,
  nextFirstProcessText,
  type MountSpaces,
  type Place,
} from './arguments.ts';
import { kill, type Cgroups } from './cgroups.ts';
import { innerChild } from './inner-child.ts';
import { gone, startProgram, waitForLine } from './programs.ts';

/** It reaps what loses its parent, no signal from inside ends it, and it ends with its input. */
const firstProcess = [
  '/bin/bash',
  '--norc',
  '-c',
  `trap : HUP INT TERM; echo up; while read -r line; do :; done`,
];

/** The kernel takes others first when memory runs out: without its first process a sandbox is gone. */
const spared = '-900';

export interface BackendRequest {
  readonly id: string;
  readonly place: Place;
  readonly cgroups: Cgroups | undefined;
  readonly cgroupName: string;
  /** Called once everything of it is gone. */
  readonly onDestroyed: () => void;
}

export class BubblewrapBackend implements SandboxBackend {
  readonly id: string;
  readonly folder: string;
  readonly #request: BackendRequest;
  readonly #children = new Set<ChildProcess>();
  #first: { readonly child: ChildProcess; readonly pid: number } | undefined;
  #restarting: Promise<void> | undefined;
  #isDestroyed = false;
  /** Open while the sandbox is there: they keep its files when no process is left. */
  #spaces: readonly FileHandle[] = [];

  private constructor(request: BackendRequest) {
    this.id = request.id;
    this.folder = homeOf(request.place.options);
    this.#request = request;
  }

  /** Rejects with `sandbox-failed`; what was begun is removed then. */
  static async start(request: BackendRequest): Promise<BubblewrapBackend> {
    const backend = new BubblewrapBackend(request);
    try {
      await backend.#startFirst(firstProcessText(request.place, firstProcess));
      await backend.#holdSpaces();
      return backend;
    } catch (error) {
      await backend.destroy();
      throw new ProctorError(
        'sandbox-failed',
        { reason: `it does not start: ${coerceError(error).message}` },
        { cause: error },
      );
    }
  }

  async start(argv: readonly string[], options: StartOptions): Promise<InnerProcess> {
    await this.#restarting;
    if (!this.#first) throw new ProctorError('sandbox-failed', { reason: 'its first process is gone' });
    const { folder = this.folder, hasInput } = options;
    const joining = { firstPid: this.#first.pid, folder, argv };
    const text = joiningText(this.#request.place, this.#mountSpaces(), joining);
    const child = this.#run(text, [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe']);
    return innerChild(child);
  }

  restart(): Promise<void> {
    if (this.#isDestroyed)
      return Promise.reject(new ProctorError('sandbox-failed', { reason: 'it was destroyed' }));
    return (this.#restarting ??= this.#startAgain().finally(() => (this.#restarting = undefined)));
  }

  async destroy(): Promise<void> {
    const { place, cgroups, cgroupName, onDestroyed } = this.#request;
    this.#isDestroyed = true;
    await this.#restarting?.catch(() => undefined);
    await this.#endAll();
    await Promise.all(this.#spaces.map((space) => space.close()));
    this.#spaces = [];
    await cgroups?.remove(cgroupName);
    await rmdir(place.mounts.folder).catch(ignoreMissing);
    onDestroyed();
  }

  async #startAgain(): Promise<void> {
    await this.#endAll();
    await this.#startFirst(nextFirstProcessText(this.#request.place, this.#mountSpaces(), firstProcess));
  }

  async #startFirst(text: string): Promise<void> {
    const child = this.#run(text, ['pipe', 'pipe', 'pipe', 'pipe']);
    const information = readAll(child.stdio[infoChannel] as Readable);
    await waitForLine(child, 'up');
    const { 'child-pid': pid } = JSON.parse(await information) as { 'child-pid': number };
    this.#first = { child, pid };
    await writeFile(`/proc/${pid}/oom_score_adj`, spared).catch(() => undefined);
  }

  /** bwrap itself stays where the mounts were made. */
  async #holdSpaces(): Promise<void> {
    const names = this.#request.place.mounts.isRoot ? ['mnt'] : ['mnt', 'user'];
    const pid = this.#first?.child.pid;
    this.#spaces = await Promise.all(names.map((name) => open(`/proc/${pid}/ns/${name}`)));
  }

  #mountSpaces(): MountSpaces {
    const [mount = '', user] = this.#spaces.map(({ fd }) => `/proc/${process.pid}/fd/${fd}`);
    return { mount, user };
  }

  #run(text: string, stdio: ('pipe' | 'ignore')[]): ChildProcess {
    const child = startProgram(['/bin/bash', '--norc', '-c', text], stdio);
    this.#children.add(child);
    void gone(child).then(() => this.#children.delete(child));
    return child;
  }

  /** With the first process the kernel ends all that live in its name space, and the programs that wait for these end too. */
  async #endAll(): Promise<void> {
    const first = this.#first;
    this.#first = undefined;
    if (first) {
      first.child.stdin?.destroy();
      kill(first.pid);
    } else for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all([...this.#children].map(gone));
    for (const stream of first?.child.stdio ?? []) stream?.destroy();
  }
}

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
