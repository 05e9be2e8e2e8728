import { randomUUID } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import * as nodeFileSystem from 'node:fs/promises';
import { hostname } from 'node:os';
import { coerceError, isJsonObject, parseJson, ProctorError } from '../base/index.ts';

interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When its work began. */
  readonly start: string;
  /** When the process began, as its machine counts; tells a process from a later one with the same pid. */
  readonly processStart: string | null;
  /** Tells two locks of one process apart. */
  readonly token: string;
}

/** What of Node's file system a lock needs, so that a test can hand in one that fails. */
export type LockFileSystem = Pick<
  typeof nodeFileSystem,
  'copyFile' | 'link' | 'readFile' | 'rename' | 'rm' | 'writeFile'
>;

export interface LockSettings {
  /** When the work under the lock began. */
  readonly nowMs: number;
  /** The error that whoever comes second gets; `holder` says who was first. */
  readonly refusal: (holder: string) => ProctorError;
  readonly fileSystem?: LockFileSystem;
}

export interface Lock {
  /** Lets the next one in. */
  release(): Promise<void>;
}

/**
 * Takes a file for the lock of this process alone. A lock that its process left behind is taken over.
 * Throws `refusal` with the holder's pid and host, or `file-unwritable`.
 */
export async function takeLock(file: string, settings: LockSettings): Promise<Lock> {
  const { nowMs, refusal, fileSystem = nodeFileSystem } = settings;
  const token = randomUUID();
  const own: LockHolder = {
    pid: process.pid,
    host: hostname(),
    start: new Date(nowMs).toISOString(),
    processStart: readProcessStart(process.pid),
    token,
  };
  for (let attempt = 0; attempt < 10; attempt++) {
    if (await createLock(fileSystem, file, own)) {
      return { release: () => releaseLock(fileSystem, file, token) };
    }
    const holder = await readHolder(fileSystem, file);
    if (holder === 'gone') continue;
    if (holder === undefined || isAlive(holder)) throw refusal(describeHolder(holder));
    await removeStale(fileSystem, file, holder);
  }
  throw refusal(describeHolder(undefined));
}

/** Puts the lock in place with its whole content in one step, so that nobody ever reads a half one. False when there is one already. */
async function createLock(fileSystem: LockFileSystem, file: string, own: LockHolder): Promise<boolean> {
  const draft = `${file}.${own.token}`;
  try {
    await fileSystem.writeFile(draft, JSON.stringify(own) + '\n', { flag: 'wx' });
    await placeFile(fileSystem, draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new ProctorError('file-unwritable', { file, reason: coerceError(error).message }, { cause: error });
  } finally {
    await fileSystem.rm(draft, { force: true }).catch(() => undefined);
  }
}

/**
 * Gives a file a second name, and throws `EEXIST` when that is taken. Where the file system has no links it is copied: whoever reads it
 * half-written takes it for a lock that says nothing, and stays out.
 */
async function placeFile(fileSystem: LockFileSystem, from: string, to: string): Promise<void> {
  try {
    await fileSystem.link(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(code)) throw error;
    await fileSystem.copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

/** Undefined when the lock is there but says nothing. */
async function readHolder(
  fileSystem: LockFileSystem,
  file: string,
): Promise<LockHolder | 'gone' | undefined> {
  try {
    const holder = parseJson(await fileSystem.readFile(file, 'utf8'));
    if (!isJsonObject(holder) || typeof holder['pid'] !== 'number' || typeof holder['host'] !== 'string')
      return undefined;
    return holder as unknown as LockHolder;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'gone' : undefined;
  }
}

/** Of another machine's process nothing is known: it counts as alive. */
function isAlive(holder: LockHolder): boolean {
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // Any other refusal means that the process is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const processStart = readProcessStart(holder.pid);
  return !processStart || !holder.processStart || processStart === holder.processStart;
}

/**
 * Moves the lock away, and looks at what was moved: if another process took it over in between, it was that one's lock, which is put
 * back.
 */
async function removeStale(fileSystem: LockFileSystem, file: string, stale: LockHolder): Promise<void> {
  const aside = `${file}.stale.${randomUUID()}`;
  try {
    await fileSystem.rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new ProctorError('file-unwritable', { file, reason: coerceError(error).message }, { cause: error });
  }
  const moved = await readHolder(fileSystem, aside);
  const isOther = moved !== undefined && moved !== 'gone' && moved.token !== stale.token;
  if (isOther) {
    // Refused only if a third process took its place in the same moment: then that one holds the lock.
    await placeFile(fileSystem, aside, file).catch(() => undefined);
  }
  await fileSystem.rm(aside, { force: true });
}

async function releaseLock(fileSystem: LockFileSystem, file: string, token: string): Promise<void> {
  const holder = await readHolder(fileSystem, file);
  if (holder && holder !== 'gone' && holder.token === token) await fileSystem.rm(file, { force: true });
}

function describeHolder(holder: LockHolder | undefined): string {
  return holder ? `process ${holder.pid} on ${holder.host} since ${holder.start}` : 'another process';
}

/** Clock ticks from the machine's start to the process's; null where the system does not say. */
function readProcessStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold blanks; the 22nd field is the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
