import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { coerceError, ProctorError, type Clock } from '../../base/index.ts';
import { BackedSandbox } from '../backed-sandbox.ts';
import type { ImageSource, Sandbox, SandboxDriver, SandboxOptions } from '../contract.ts';
import { completeLimits } from '../sandbox-defaults.ts';
import { BubblewrapBackend } from './bubblewrap-backend.ts';
import { openCgroups, type Cgroups } from './cgroups.ts';
import { abandonedFolders, makeInstanceFolder, removeInstanceFolder } from './instance-folder.ts';
import { findProtectedPoints, readBind, type Layers } from './mounts.ts';
import { seccompFilter } from './seccomp.ts';
import { makeSkeleton } from './skeleton.ts';

/** The image that shows the programs of this machine. */
const hostImage = 'host';
const sandboxFolder = (name: string) => /^\d+$/.test(name);

interface Parts {
  readonly clock: Clock;
  readonly userId: number;
  readonly folder: string;
  readonly cgroups: Cgroups | undefined;
  readonly filter: string;
  readonly hostLayers: Layers;
  readonly protectedPoints: readonly string[];
}

/** Sandboxes of Linux's own name spaces, made by bubblewrap: no daemon, milliseconds to start. */
export class BubblewrapDriver implements SandboxDriver {
  readonly name = 'bubblewrap';
  readonly #parts: Parts;
  readonly #images = new Map<string, Layers>();
  readonly #sandboxes = new Map<string, Promise<Sandbox>>();
  #count = 0;
  #isReleased = false;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.#images.set(hostImage, parts.hostLayers);
  }

  /** Rejects when this is no Linux, or the folders cannot be made. Whether sandboxes start is not tried. */
  static async open(clock: Clock): Promise<BubblewrapDriver> {
    const userId = process.getuid?.() ?? -1;
    const protectedPoints = await findProtectedPoints();
    const folder = await makeInstanceFolder(userId);
    const base = path.join(folder, 'skeleton');
    const hostLayers = { base, shown: await makeSkeleton(base) };
    const filter = await writeFilter(path.join(folder, 'filter'));
    return new BubblewrapDriver({
      clock,
      userId,
      folder,
      cgroups: await openCgroups(),
      filter,
      hostLayers,
      protectedPoints,
    });
  }

  /** How limits are held: by groups of processes, or process by process. */
  get limitedBy(): 'cgroup v1' | 'cgroup v2' | 'prlimit' {
    const version = this.#parts.cgroups?.version;
    return version === undefined ? 'prlimit' : `cgroup v${version}`;
  }

  async prepareImage(image: string, source: ImageSource): Promise<void> {
    if (this.#images.has(image)) return;
    const failed = (reason: string) => new ProctorError('sandbox-image-failed', { image, reason });
    if (source.kind !== 'folder')
      throw failed(
        'bubblewrap shows a folder; what is made from a Dockerfile, an archive or a registry needs the docker driver',
      );
    const folder = path.resolve(source.folder);
    const kind = await stat(path.join(folder, 'bin/bash')).catch(coerceError);
    if (kind instanceof Error)
      throw failed(`${folder} holds no root file system with a bash: ${kind.message}`);
    // The kernel's list of layers has these as separators.
    if (/[:,\\]/.test(folder)) throw failed(`the path ${folder} has a colon, a comma or a backslash`);
    this.#images.set(image, { base: folder, shown: [] });
  }

  create(image: string, options: SandboxOptions = {}): Promise<Sandbox> {
    const number = String(this.#count++);
    const made = this.#make(image, number, options);
    this.#sandboxes.set(number, made);
    made.catch(() => this.#sandboxes.delete(number));
    return made;
  }

  async removeLeftOvers(): Promise<number> {
    const { userId, cgroups } = this.#parts;
    let count = 0;
    for (const folder of await abandonedFolders(userId)) {
      const prefix = `proctor-${path.basename(folder)}-`;
      for (const name of (await cgroups?.names()) ?? [])
        if (name.startsWith(prefix)) await cgroups?.remove(name);
      count += (await readdir(folder).catch(() => [])).filter(sandboxFolder).length;
      await removeInstanceFolder(folder);
    }
    return count;
  }

  async release(): Promise<void> {
    this.#isReleased = true;
    const made = await Promise.allSettled(this.#sandboxes.values());
    const sandboxes = made.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const endings = await Promise.allSettled(sandboxes.map((sandbox) => sandbox.destroy()));
    await removeInstanceFolder(this.#parts.folder);
    for (const ending of endings) if (ending.status === 'rejected') throw coerceError(ending.reason);
  }

  async #make(image: string, number: string, options: SandboxOptions): Promise<Sandbox> {
    const { folder, clock } = this.#parts;
    const layers = this.#images.get(image);
    if (!layers) throw new ProctorError('sandbox-image-failed', { image, reason: 'it was not prepared' });
    if (this.#isReleased) throw new ProctorError('sandbox-failed', { reason: 'its driver was released' });
    options.signal?.throwIfAborted();
    const ownFolder = path.join(folder, number);
    await mkdir(ownFolder);
    const backend = await this.#start(ownFolder, layers, options);
    const sandbox = new BackedSandbox(backend, clock);
    if (!options.signal?.aborted) return sandbox;
    await sandbox.destroy();
    throw coerceError(options.signal.reason);
  }

  async #start(folder: string, layers: Layers, options: SandboxOptions): Promise<BubblewrapBackend> {
    const { cgroups, clock, filter, userId, protectedPoints } = this.#parts;
    const id = `${path.basename(this.#parts.folder)}-${path.basename(folder)}`;
    const cgroupName = `proctor-${id}`;
    const limits = completeLimits(options);
    const binds = await Promise.all((options.mounts ?? []).map(readBind));
    const mounts = { folder, layers, disk: limits.disk, isRoot: userId === 0, protectedPoints, binds };
    const cgroup = cgroups?.memberFiles(cgroupName) ?? [];
    const processLimits = cgroups ? undefined : limits;
    const place = { mounts, cgroup, processLimits, filter, options };
    const onDestroyed = () => this.#sandboxes.delete(path.basename(folder));
    return await BubblewrapBackend.start({ id, clock, place, cgroups, cgroupName, limits, onDestroyed });
  }
}

/** Without a filter, a process could make name spaces of its own inside, and have all rights in these. */
async function writeFilter(file: string): Promise<string> {
  const filter = seccompFilter(process.arch);
  if (!filter)
    throw new ProctorError('sandbox-failed', {
      reason: `there is no filter of system calls for ${process.arch} machines`,
    });
  await writeFile(file, filter);
  return file;
}
