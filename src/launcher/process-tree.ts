import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The variable that marks a process and all that it starts, so that they are found also after their parents are gone. */
export const launchMark = 'PROCTOR_LAUNCH';

type ProcessEntry = { readonly pid: number; readonly parent: number; readonly group: number };

/**
 * The processes that belong to a launch: descendants of `rootPid`, members of its process group, and whoever carries its mark.
 * Without /proc, none: then only the process group can be ended.
 */
export function findProcessTree(rootPid: number, mark: string): number[] {
  const entries = listProcesses();
  const found = new Set<number>([rootPid]);
  for (let grew = true; grew;) {
    grew = false;
    for (const { pid, parent, group } of entries) {
      if (found.has(pid) || pid === process.pid) continue;
      if (found.has(parent) || group === rootPid || carriesMark(pid, mark)) {
        found.add(pid);
        grew = true;
      }
    }
  }
  const living = new Set(entries.map((entry) => entry.pid));
  return [...found].filter((pid) => living.has(pid));
}

/** Ends a launch and all that it started, at once. Whoever is gone already is passed over. */
export function killProcessTree(rootPid: number, mark: string): void {
  // Before the group is killed: afterwards the tree can no longer be walked.
  const tree = findProcessTree(rootPid, mark);
  sendSignal(-rootPid, 'SIGKILL');
  for (const pid of tree) sendSignal(pid, 'SIGKILL');
}

/** Ends what a launch left behind after its first process has ended. */
export function killLeftovers(rootPid: number, mark: string): void {
  if (!existsSync('/proc/self/stat')) sendSignal(-rootPid, 'SIGKILL');
  for (const pid of findProcessTree(rootPid, mark)) if (pid !== rootPid) sendSignal(pid, 'SIGKILL');
}

/** Sends a signal; false when there is no such process (or group, for a negative number). */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // Gone already, which is what is wanted.
    return false;
  }
}

function listProcesses(): ProcessEntry[] {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return names.flatMap((name) => readEntry(Number(name)) ?? []);
}

/** `stat` is "pid (name) state parent group …"; the name may hold anything, so the fields are read after its last bracket. */
function readEntry(pid: number): ProcessEntry | undefined {
  const text = readProcFile(pid, 'stat');
  if (text === undefined) return undefined;
  const [state, parent, group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || parent === undefined || group === undefined) return undefined;
  return { pid, parent: Number(parent), group: Number(group) };
}

function carriesMark(pid: number, mark: string): boolean {
  const environment = readProcFile(pid, 'environ');
  return environment !== undefined && environment.split('\0').includes(`${launchMark}=${mark}`);
}

/** Undefined when the process has ended meanwhile, or belongs to somebody else. */
function readProcFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return undefined;
  }
}
