import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Names this process among all that ever ran here: host, boot, process namespace, process id and the moment it started, since ids
 * are used again. One line without spaces, so that it may stand in a label or a file.
 */
export function ownerText(): string {
  return [hostname(), bootId(), namespaceId(), String(process.pid), startTime(process.pid) ?? ''].join(':');
}

/**
 * Whether the process that `owner` names ran on this host and is known to have ended. What another host or another container left
 * is not ours to judge, and neither is a text that is no owner: false.
 */
export function isGone(owner: string): boolean {
  const [host, boot, namespace, pid, started, ...rest] = owner.split(':');
  if (host !== hostname() || !boot || !namespace || !pid || !started || rest.length > 0) return false;
  if (boot !== bootId()) return true;
  return namespace === namespaceId() && startTime(Number(pid)) !== started;
}

/** Empty where the system tells none; nobody is judged there. */
function bootId(): string {
  return tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '';
}

function namespaceId(): string {
  return tryRead(() => /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]) ?? '';
}

/** The moment a process started, in clock ticks since boot; undefined when there is no such process or it has ended. */
function startTime(pid: number): string | undefined {
  const stat = tryRead(() => readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  // The program's name stands in parentheses and may hold anything; what follows the last one starts with the state, field 3.
  const [state, ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return state === 'Z' || state === 'X' ? undefined : fields[18];
}

function tryRead(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
