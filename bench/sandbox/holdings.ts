import { readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** File descriptors of this process. */
export async function countOpenFiles(): Promise<number> {
  return (await readdir('/proc/self/fd')).length;
}

/** Processes, wherever they come from, in a mount name space that this process is not in; `mounts`: how many such spaces there are. */
export async function countForeignProcesses(): Promise<{
  readonly processes: number;
  readonly mounts: number;
}> {
  const own = await readlink('/proc/self/ns/mnt');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const spaces = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/ns/mnt`).catch(() => own)));
  const foreign = spaces.filter((space) => space !== own);
  return { processes: foreign.length, mounts: new Set(foreign).size };
}

/** Of sandboxes by bubblewrap, wherever the kernel shows them. */
export async function countGroups(): Promise<number> {
  const root = '/sys/fs/cgroup';
  const controllers = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = controllers.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(root, name));
  const names = (
    await Promise.all([root, ...folders].map((folder) => readdir(folder).catch(() => [])))
  ).flat();
  return names.filter((name) => name.startsWith('proctor-')).length;
}

/** Of sandboxes by bubblewrap. */
export async function countFolders(): Promise<number> {
  const common = path.join(tmpdir(), `proctor-sandboxes-${process.getuid?.()}`);
  const folders = await readdir(common).catch(() => []);
  return (await Promise.all(folders.map((folder) => readdir(path.join(common, folder))))).flat().length;
}

/** Of this process's own name space. */
export async function countMounts(): Promise<number> {
  return (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').length;
}

/** Programs of that name. */
export async function countProgram(name: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((pid) => /^\d+$/.test(pid));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => path.basename(line.split('\0')[0] ?? '') === name).length;
}
