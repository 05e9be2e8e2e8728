import { quoteWord } from '../shell-words.ts';

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
}

/**
 * The text, for a shell in a mount name space of its own, that makes a sandbox's files: `root` in the folder. What is written lies in memory, and goes with the name space when its last process, or file that holds it, has gone.
 */
export function mountText({ folder, layers, disk, isRoot }: MountRequest): string {
  const names = ['base', ...layers.shown];
  const layerFolders = names.flatMap((name) => [`upper/${name}`, `work/${name}`]);
  const options = isRoot ? '' : ',userxattr';
  const overlays = names.map((name, index) => {
    const lower = index === 0 ? layers.base : `/${name}`;
    const target = index === 0 ? 'root' : `root/${name}`;
    const parts = `lowerdir=${lower},upperdir=${folder}/upper/${name},workdir=${folder}/work/${name}${options}`;
    return `mount -t overlay sandbox -o ${quoteWord(parts)} ${quoteWord(`${folder}/${target}`)}`;
  });
  return [
    `mount -t tmpfs -o size=${disk},mode=0755,nosuid,nodev sandbox ${quoteWord(folder)}`,
    `cd ${quoteWord(folder)}`,
    `mkdir -p root ${layerFolders.join(' ')}`,
    ...overlays,
  ].join(' &&\n');
}
