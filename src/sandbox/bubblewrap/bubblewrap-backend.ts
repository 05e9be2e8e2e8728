import type { ChildProcess } from 'node:child_process';
import { open, rmdir, writeFile, type FileHandle } from 'node:fs/promises';
import type { Duplex, Readable } from 'node:stream';
import { coerceError, ProctorError, type Clock } from '../../base/index.ts';
import type { InnerProcess, SandboxBackend, StartOptions } from '../backend.ts';
import { homeOf, type CompleteLimits } from '../sandbox-defaults.ts';
import {
  firstProcessArgv,
  goAhead,
  infoChannel,
  inputChannel,
  joiningArgv,
  nextFirstProcessArgv,
  spareChannels,
  spareLine,
  type MountSpaces,
  type Place,
} from './arguments.ts';
import { kill, type Cgroups } from './cgroups.ts';
import { innerProcess, type Streams } from './inner-process.ts';
import { exitCodeOf, gone, hasEnded, readAtMost, startProgram, waitForLine } from './programs.ts';

/** A first process that is not ready by then never will be. */
const startLimitMs = 15_000;

/** The kernel takes others first when memory runs out: without its first process a sandbox is gone. */
const spared = '-900';

type Stdio = readonly ('pipe' | 'ignore')[];

const firstStdio: Stdio = Array.from({ length: Math.max(...spareChannels) + 1 }, (_, channel) =>
  channel <= infoChannel || spareChannels.some((each) => each === channel) ? 'pipe' : 'ignore',
);

const joiningStdio: Stdio = Array.from({ length: inputChannel + 1 }, (_, channel) =>
  [1, 2, inputChannel].includes(channel) ? 'pipe' : 'ignore',
);

/** How a spare process ends when it does not tell its end itself: nobody waits for it but the first process. */
const killed = Promise.resolve(137);

export interface BackendRequest {
  readonly id: string;
  readonly clock: Clock;
  readonly place: Place;
  readonly cgroups: Cgroups | undefined;
  readonly cgroupName: string;
  readonly limits: CompleteLimits;
  /** Called once everything of it is gone. */
  readonly onDestroyed: () => void;
}

export class BubblewrapBackend implements SandboxBackend {
  readonly id: string;
  readonly folder: string;
  readonly #request: BackendRequest;
  readonly #children = new Set<ChildProcess>();
  #first: { readonly child: ChildProcess; readonly pid: number } | undefined;
  #spare: InnerProcess | undefined;
  #restarting: Promise<void> | undefined;
  /** A first process that is not ready yet. */
  #starting: ChildProcess | undefined;
  /** Why nothing can be done in it any more. */
  #gone: ProctorError | undefined;
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
      await backend.#startFirst(firstProcessArgv(request.place), (child) => backend.#limit(child));
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
    if (this.#gone) throw this.#gone;
    const { hasInput } = options;
    const spare = this.#spare;
    if (spare) {
      this.#spare = undefined;
      void spare.write(Buffer.from(spareLine(argv)));
      if (!hasInput) spare.closeInput();
      return spare;
    }
    return this.#join(argv, hasInput);
  }

  #join(argv: readonly string[], hasInput: boolean): InnerProcess {
    const joining = { firstPid: this.#first?.pid ?? 0, argv };
    const words = joiningArgv(this.#request.place, this.#mountSpaces(), joining);
    const child = this.#run(words, joiningStdio);
    const input = child.stdio[inputChannel] as Duplex;
    if (!hasInput) input.end();
    return innerProcess({ input, output: child.stdout, errors: child.stderr }, exitCodeOf(child));
  }

  restart(): Promise<void> {
    if (this.#gone) return Promise.reject(this.#gone);
    return (this.#restarting ??= this.#startAgain().finally(() => (this.#restarting = undefined)));
  }

  async destroy(): Promise<void> {
    const { place, cgroups, cgroupName, onDestroyed } = this.#request;
    this.#gone = failure('it was destroyed');
    this.#starting?.kill('SIGKILL');
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
    try {
      await this.#startFirst(nextFirstProcessArgv(this.#request.place, this.#mountSpaces()));
    } catch (error) {
      // It ran before: the shell that it needs is one of the files inside.
      const reason = `nothing can be run in it any more: ${coerceError(error).message}`;
      throw (this.#gone ??= new ProctorError('sandbox-wrecked', { reason }, { cause: error }));
    }
  }

  async #startFirst(
    argv: readonly string[],
    prepare?: (child: ChildProcess) => Promise<void>,
  ): Promise<void> {
    const child = (this.#starting = this.#run(argv, firstStdio));
    const timer = this.#request.clock.after(startLimitMs, () => child.kill('SIGKILL'));
    try {
      const information = readAtMost(child.stdio[infoChannel] as Readable, 4096, () => false);
      // Both are waited for, whatever becomes of one: what prepares may still be making what would be removed.
      const preparing = prepare?.(child).catch((error: unknown) => {
        child.kill('SIGKILL');
        throw error;
      });
      const [up, prepared] = await Promise.allSettled([waitForLine(child, 'up'), preparing]);
      for (const step of [prepared, up]) if (step.status === 'rejected') throw coerceError(step.reason);
      const { 'child-pid': pid } = JSON.parse(await information) as { 'child-pid': number };
      this.#first = { child, pid };
      void gone(child).then(() => this.#lose(child));
      this.#spare = innerProcess(spareStreams(child), killed);
      await writeFile(`/proc/${pid}/oom_score_adj`, spared).catch(() => undefined);
    } finally {
      timer.cancel();
      this.#starting = undefined;
    }
  }

  #lose(child: ChildProcess): void {
    if (this.#first?.child !== child) return;
    this.#first = undefined;
    // Nothing inside can do that.
    this.#gone = failure('its first process was ended from outside');
  }

  async #limit({ pid, stdin }: ChildProcess): Promise<void> {
    const { place, cgroups, cgroupName, limits } = this.#request;
    await cgroups?.make(cgroupName, limits);
    await Promise.all(place.cgroup.map((file) => writeFile(file, String(pid))));
    stdin?.write(goAhead);
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

  #run(argv: readonly string[], stdio: Stdio): ChildProcess {
    const child = startProgram(argv, stdio);
    this.#children.add(child);
    void gone(child).then(() => this.#children.delete(child));
    return child;
  }

  /** With the first process the kernel ends all that live in its name space, and the programs that wait for these end too. */
  async #endAll(): Promise<void> {
    const first = this.#first;
    this.#first = undefined;
    this.#spare?.detach();
    this.#spare = undefined;
    if (first) {
      first.child.stdin?.destroy();
      if (!hasEnded(first.child)) kill(first.pid);
    } else for (const child of this.#children) child.kill('SIGKILL');
    await Promise.all([...this.#children].map(gone));
    for (const stream of first?.child.stdio ?? []) stream?.destroy();
  }
}

function failure(reason: string): ProctorError {
  return new ProctorError('sandbox-failed', { reason });
}

function spareStreams({ stdio }: ChildProcess): Streams {
  const channels: readonly unknown[] = stdio;
  const [input, output, errors] = spareChannels.map((channel) => channels[channel] as Duplex);
  return { input, output, errors };
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
