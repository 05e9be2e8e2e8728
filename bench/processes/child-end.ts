import type { ChildProcess } from 'node:child_process';

/** A process that does not obey is killed after so long. */
const obedienceMs = 10_000;

/** Resolves when a process has ended. */
export function whenEnded(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

/** Has a process end by itself, or kills it when it does not. */
export async function endChild(child: ChildProcess): Promise<void> {
  const ended = whenEnded(child);
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), obedienceMs);
  await ended;
  clearTimeout(timer);
}
