import type { ChildProcess } from 'node:child_process';
import { gone, startProgram, waitForLine } from './programs.ts';

/**
 * The mounts of a sandbox live in a name space of their own, held by this process: when it ends, and it does when its input is closed
 * because its owner is gone, the kernel removes them.
 */
const script = `set -e
dir=$1 disk=$2 options=$3 base=$4
shift 4
mount -t tmpfs -o "size=$disk,mode=0755,nosuid,nodev" sandbox "$dir"
mkdir "$dir/root" "$dir/tmp" "$dir/shm" "$dir/upper" "$dir/work"
chmod 1777 "$dir/tmp" "$dir/shm"
layer() {
  mkdir "$dir/upper/$3" "$dir/work/$3"
  mount -t overlay sandbox -o "lowerdir=$1,upperdir=$dir/upper/$3,workdir=$dir/work/$3$options" "$2"
}
layer "$base" "$dir/root" base
for folder; do layer "/$folder" "$dir/root/$folder" "$folder"; done
echo ready
read -r line || exit 0
`;

export interface Layers {
  /** The bottom of the root; never written to. */
  readonly base: string;
  /** Folders of the host, named from its root, that are shown on top of it; never written to either. */
  readonly shown: readonly string[];
}

export interface MountRequest {
  /** An empty folder: inside the name space the sandbox's files lie there, outside it stays empty. */
  readonly folder: string;
  readonly layers: Layers;
  /** Bytes that may be written. */
  readonly disk: number;
  readonly isRoot: boolean;
}

export class MountHolder {
  readonly #child: ChildProcess;
  readonly folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.folder = folder;
  }

  /** Rejects with what the kernel refused. */
  static async start({ folder, layers, disk, isRoot }: MountRequest): Promise<MountHolder> {
    const spaces = isRoot ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
    const options = isRoot ? '' : ',userxattr';
    const argv = ['unshare', ...spaces, '--propagation', 'private', '/bin/sh', '-c', script, 'holder'];
    const child = startProgram(
      [...argv, folder, String(disk), options, layers.base, ...layers.shown],
      'pipe',
    );
    const holder = new MountHolder(child, folder);
    try {
      await waitForLine(child, 'ready');
      return holder;
    } catch (error) {
      await holder.release();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async release(): Promise<void> {
    this.#child.stdin?.destroy();
    await gone(this.#child);
    for (const stream of this.#child.stdio) stream?.destroy();
  }
}
