import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** Where the host's own programs (bwrap, nsenter, unshare, mount) lie on every distribution. */
export const programFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const environment = { PATH: programFolders.join(':'), LC_ALL: 'C' };

/** More than this nobody has to say who starts. */
const longestWord = 4096;

/** Throws when the system cannot start it at all, as for want of memory or descriptors. */
export function startProgram(argv: readonly string[], stdio: readonly ('pipe' | 'ignore')[]): ChildProcess {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, { stdio: [...stdio], env: environment, cwd: '/' });
  // Nobody else hears of it where there is no process.
  child.once('error', () => undefined);
  if (child.pid === undefined) throw new Error(`${program} cannot be started`);
  // Its streams fail with it, and the end of the child itself is what is looked at.
  for (const stream of child.stdio) stream?.on('error', () => undefined);
  return child;
}

/** Resolves when the process is gone, however it ended. */
export function gone(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Undefined when it was killed. */
export function exitCodeOf(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? undefined)));
}

/**
 * Waits for a line on a process's output; what it prints afterwards is thrown away. Rejects with what it printed on its error output when
 * it ends first.
 */
export async function waitForLine(child: ChildProcess, line: string): Promise<void> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('its output is not read');
  const complaint = readAtMost(stderr, longestWord, () => false);
  const text = await readAtMost(stdout, longestWord, (printed) => printed.split('\n').includes(line));
  if (text.split('\n').includes(line)) return;
  throw new Error((await complaint).trim() || 'it ended without a word');
}

/** Reads until that is enough, or the stream ends; from then on everything is thrown away, and no more than so many bytes are kept. */
export function readAtMost(
  stream: Readable,
  limit: number,
  isEnough: (text: string) => boolean,
): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const finish = () => {
      stream.off('data', take);
      stream.off('close', finish);
      stream.resume();
      resolve(text);
    };
    const take = (bytes: Buffer) => {
      text = `${text}${bytes.toString()}`.slice(0, limit);
      if (isEnough(text) || text.length >= limit) finish();
    };
    stream.on('data', take);
    stream.once('close', finish);
  });
}
