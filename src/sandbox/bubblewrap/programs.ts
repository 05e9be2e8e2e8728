import { spawn, type ChildProcess } from 'node:child_process';

/** Where the host's own programs (bwrap, nsenter, unshare, mount) lie on every distribution; nothing else of the environment is needed. */
const environment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export function startProgram(argv: readonly string[], stdio: readonly ('pipe' | 'ignore')[]): ChildProcess {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, { stdio: [...stdio], env: environment, cwd: '/' });
  // Its streams fail with it, and "exit" or "error" of the child itself is what is looked at.
  for (const stream of child.stdio) stream?.on('error', () => undefined);
  return child;
}

/** Resolves when the process is gone, however it ended. */
export function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

/** Undefined when it was killed, or never started. */
export function exitCodeOf(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code ?? undefined));
    child.once('error', () => resolve(undefined));
  });
}

/** Waits for a line on a process's output. Rejects with what it printed on its error output when it ends first. */
export function waitForLine(child: ChildProcess, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = '';
    let complaint = '';
    child.stdout?.on('data', (bytes: Buffer) => {
      printed += bytes.toString();
      if (printed.split('\n').includes(line)) resolve();
    });
    child.stderr?.on(
      'data',
      (bytes: Buffer) => (complaint = `${complaint}${bytes.toString()}`.slice(0, 4096)),
    );
    child.once('error', reject);
    child.once('close', (code, signal) => {
      reject(new Error(complaint.trim() || `it ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}
