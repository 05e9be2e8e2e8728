import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ProctorError } from '../../base/index.ts';
import { isGone, ownerText } from '../owner.ts';

const ownerFile = 'owner';

/** All drivers of a user keep their folders here, each one its own, so that the next can see what a dead one has left. */
function commonFolder(userId: number): string {
  return path.join(tmpdir(), `proctor-sandboxes-${userId}`);
}

/** Makes a folder for one driver, which says from its first moment on whose it is. */
export async function makeInstanceFolder(userId: number): Promise<string> {
  const common = commonFolder(userId);
  await mkdir(common, { mode: 0o700 }).catch(ignoreExisting);
  const { uid, mode } = await lstat(common);
  // Another user who made it first could swap what lies in it.
  if (uid !== userId || (mode & 0o077) !== 0)
    throw new ProctorError('sandbox-failed', {
      reason: `${common} belongs to another user, or others may enter it`,
    });
  const name = randomBytes(6).toString('hex');
  const unnamed = path.join(common, `.${name}`);
  await mkdir(unnamed);
  await writeFile(path.join(unnamed, ownerFile), ownerText());
  await rename(unnamed, path.join(common, name));
  return path.join(common, name);
}

/** The folders of drivers whose process is gone. */
export async function abandonedFolders(userId: number): Promise<readonly string[]> {
  const common = commonFolder(userId);
  const names = await readdir(common).catch(() => []);
  const abandoned: string[] = [];
  for (const name of names) {
    const owner = await readFile(path.join(common, name, ownerFile), 'utf8').catch(() => undefined);
    if (owner !== undefined && isGone(owner)) abandoned.push(path.join(common, name));
  }
  return abandoned;
}

export async function removeInstanceFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
