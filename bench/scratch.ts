import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A folder for one measurement; it goes with all that is in it. */
export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file and gives its path. */
  write(file: string, text: string): Promise<string>;
}

export async function makeScratchFolder(parent: string): Promise<ScratchFolder> {
  const root = await mkdtemp(path.join(parent, 'row-'));
  return {
    path: root,
    async write(file, text) {
      const full = path.join(root, file);
      await writeFile(full, text);
      return full;
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
