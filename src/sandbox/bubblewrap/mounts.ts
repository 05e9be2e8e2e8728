import { access, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { quoteWord } from '../../base/index.ts';
import type { Mount } from '../contract.ts';
import { programFolders } from './programs.ts';

export interface Layers {
  /** The bottom of the root; never written to. */
  readonly base: string;
  /** Folders of the host, named from its root, that are shown on top of it; never written to either. */
  readonly shown: readonly string[];
}

export interface MountRequest {
  /** An empty folder: inside the name space the sandbox's root lies in it, outside it stays empty. */
  readonly folder: string;
  readonly layers: Layers;
  /** Bytes that may be written. */
  readonly disk: number;
  readonly isRoot: boolean;
  /** Mount points of the host that hold what is passed on: see `passedOn`. */
  readonly protectedPoints: readonly string[];
  /** What else of the host is shown. */
  readonly binds: readonly Bind[];
}

export type Bind = Mount & { readonly isFolder: boolean };

/**
 * The text, for a shell in a mount name space of its own, that makes a sandbox's files: `root` in the folder. What is written lies in
 * memory, and goes with the name space when its last process, or file that holds it, has gone.
 */
export function mountText({ folder, layers, disk, isRoot, protectedPoints, binds }: MountRequest): string {
  const names = ['base', ...layers.shown];
  const layerFolders = names.flatMap((name) => [`upper/${name}`, `work/${name}`]);
  const options = isRoot ? '' : ',userxattr';
  const overlays = names.map((name, index) => {
    const lower = index === 0 ? layers.base : `/${name}`;
    const target = index === 0 ? 'root' : `root/${name}`;
    const parts = `lowerdir=${lower},upperdir=${folder}/upper/${name},workdir=${folder}/work/${name}${options}`;
    return `mount -t overlay sandbox -o ${quoteWord(parts)} ${quoteWord(`${folder}/${target}`)}`;
  });
  // Root inside is root outside to what it can reach by name, so that it could change the modes of these.
  const protection = isRoot
    ? protectedPoints.map((point) => `mount -o remount,bind,ro ${quoteWord(point)}`)
    : [];
  return [
    `mount -t tmpfs -o size=${disk},mode=0755,nosuid,nodev sandbox ${quoteWord(folder)}`,
    `cd ${quoteWord(folder)}`,
    `mkdir -p root ${layerFolders.join(' ')}`,
    ...overlays,
    ...protection,
    ...binds.flatMap(bindTexts),
  ].join(' &&\n');
}

/** Made before anything runs inside, so that nobody there decides by a link what a target is. The source's own mount may be protected. */
function bindTexts({ source, target, writable = false, isFolder }: Bind): string[] {
  const place = quoteWord(path.posix.join('root', path.posix.resolve('/', target)));
  const make = isFolder ? `mkdir -p -- ${place}` : `mkdir -p -- "$(dirname -- ${place})" && : >>${place}`;
  return [
    make,
    `mount --bind -- ${quoteWord(source)} ${place}`,
    `mount -o remount,bind,${writable ? 'rw' : 'ro'} ${place}`,
  ];
}

/** Rejects when there is no such source. */
export async function readBind(mount: Mount): Promise<Bind> {
  const source = path.resolve(mount.source);
  return { ...mount, source, isFolder: (await stat(source)).isDirectory() };
}

/**
 * The mount points of what every sandbox is given of the host's own files: bwrap itself, which a process inside sees for a moment as the
 * program of another, and the devices.
 */
export async function findProtectedPoints(): Promise<readonly string[]> {
  const passedOn = [await findBubblewrap(), '/dev/null'];
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  // The fifth field; blanks and the like are written in octal.
  const points = lines.map((line) =>
    (line.split(' ')[4] ?? '').replaceAll(/\\(\d{3})/g, (_, code: string) =>
      String.fromCharCode(parseInt(code, 8)),
    ),
  );
  const holds = (point: string) =>
    passedOn.some((file) => file.startsWith(point === '/' ? point : `${point}/`));
  return [...new Set(points.filter((point) => point !== '' && holds(point)))];
}

async function findBubblewrap(): Promise<string> {
  for (const folder of programFolders) {
    const file = path.join(folder, 'bwrap');
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    )
      return await realpath(file);
  }
  throw new Error('bwrap is not installed');
}
