import { access, constants, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CompleteLimits } from '../sandbox-defaults.ts';

const root = '/sys/fs/cgroup';

/** Groups of processes whose memory, processors and number the kernel limits. */
export interface Cgroups {
  readonly version: 1 | 2;
  make(name: string, limits: CompleteLimits): Promise<void>;
  /** To join a group, the number of a process is written to each of these. */
  memberFiles(name: string): readonly string[];
  /** Kills what is left in a group, and removes it. */
  remove(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

/** The kernel's groups where this user may make some; undefined where not. */
export async function openCgroups(): Promise<Cgroups | undefined> {
  const controllers = await readFile(`${root}/cgroup.controllers`, 'utf8').catch(() => undefined);
  if (controllers !== undefined) return await openVersion2(controllers.trim().split(' '));
  const folders = ['memory', 'pids', 'cpu'].map((name) => path.join(root, name));
  const usable = await Promise.all(folders.map(isWritable));
  if (!usable.every(Boolean)) return undefined;
  return new Groups(1, folders, writeVersion1);
}

async function openVersion2(controllers: readonly string[]): Promise<Cgroups | undefined> {
  if (!['memory', 'pids', 'cpu'].every((name) => controllers.includes(name))) return undefined;
  try {
    await writeFile(`${root}/cgroup.subtree_control`, '+memory +pids +cpu');
  } catch {
    return undefined;
  }
  return new Groups(2, [root], writeVersion2);
}

async function isWritable(folder: string): Promise<boolean> {
  return await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}

type WriteLimits = (folder: (controller: string) => string, limits: CompleteLimits) => Promise<void>;

class Groups implements Cgroups {
  readonly version: 1 | 2;
  readonly #folders: readonly string[];
  readonly #writeLimits: WriteLimits;

  constructor(version: 1 | 2, folders: readonly string[], writeLimits: WriteLimits) {
    this.version = version;
    this.#folders = folders;
    this.#writeLimits = writeLimits;
  }

  async make(name: string, limits: CompleteLimits): Promise<void> {
    await Promise.all(this.#folders.map((folder) => mkdir(path.join(folder, name))));
    await this.#writeLimits((controller) => this.#groupOf(name, controller), limits);
  }

  memberFiles(name: string): readonly string[] {
    return this.#folders.map((folder) => path.join(folder, name, 'cgroup.procs'));
  }

  async remove(name: string): Promise<void> {
    for (const folder of this.#folders) await removeGroup(path.join(folder, name));
  }

  async names(): Promise<readonly string[]> {
    return await readdir(this.#folders[0] ?? root);
  }

  #groupOf(name: string, controller: string): string {
    return path.join(this.version === 1 ? path.join(root, controller) : root, name);
  }
}

/** Files lie in memory too (a tmpfs), and the kernel counts them with it: both limits together bound what a sandbox takes. */
const boundOf = ({ memory, disk }: CompleteLimits) => String(memory + disk);
const cpuPeriodUs = 100_000;

async function writeVersion1(folder: (controller: string) => string, limits: CompleteLimits): Promise<void> {
  const memory = async () => {
    await writeFile(path.join(folder('memory'), 'memory.limit_in_bytes'), boundOf(limits));
    // Absent where the kernel does not account for swap.
    await writeFile(path.join(folder('memory'), 'memory.memsw.limit_in_bytes'), boundOf(limits)).catch(
      () => undefined,
    );
  };
  const cpu = async () => {
    await writeFile(path.join(folder('cpu'), 'cpu.cfs_period_us'), String(cpuPeriodUs));
    await writeFile(
      path.join(folder('cpu'), 'cpu.cfs_quota_us'),
      String(Math.round(limits.cpus * cpuPeriodUs)),
    );
  };
  await Promise.all([memory(), cpu(), writeFile(path.join(folder('pids'), 'pids.max'), String(limits.pids))]);
}

async function writeVersion2(folder: (controller: string) => string, limits: CompleteLimits): Promise<void> {
  const group = folder('memory');
  await writeFile(path.join(group, 'memory.max'), boundOf(limits));
  await writeFile(path.join(group, 'memory.swap.max'), '0').catch(() => undefined);
  await writeFile(path.join(group, 'pids.max'), String(limits.pids));
  await writeFile(path.join(group, 'cpu.max'), `${Math.round(limits.cpus * cpuPeriodUs)} ${cpuPeriodUs}`);
}

/** A group with processes cannot be removed, and a killed process is in it until it is reaped: a matter of milliseconds. */
const removalTries = 200;
const removalPauseMs = 10;

async function removeGroup(group: string): Promise<void> {
  for (let round = 0; ; round++) {
    try {
      return await rmdir(group);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || round >= removalTries) throw error;
      await killMembers(group);
      await delay(removalPauseMs);
    }
  }
}

async function killMembers(group: string): Promise<void> {
  const members = await readFile(path.join(group, 'cgroup.procs'), 'utf8').catch(() => '');
  for (const pid of members.split('\n').filter(Boolean)) kill(Number(pid));
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
