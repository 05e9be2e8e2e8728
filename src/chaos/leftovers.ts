import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** The processes whose environment holds the text, whoever their parents are by now; none where there is no /proc. */
export function findMarked(text: string): readonly { readonly pid: number; readonly words: string }[] {
  return listProcesses().flatMap((pid) => {
    if (!readProcFile(pid, 'environ').split('\0').includes(text)) return [];
    return [{ pid, words: readProcFile(pid, 'cmdline').replaceAll('\0', ' ').trim() }];
  });
}

/** Whether nobody listens on a port of this machine. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * Free ports below those that the system gives to outgoing connections, so that none is taken while its program is away; `random` gives
 * numbers from 0, below 1.
 */
export async function findPorts(count: number, random: () => number): Promise<readonly number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = 20_000 + Math.floor(random() * 12_000);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

function listProcesses(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Empty for a process that has ended meanwhile, or that is somebody else's. */
function readProcFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}
