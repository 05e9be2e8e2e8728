import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { tokenVariable } from './process-command.ts';
import { sendSignal } from './process-tree.ts';

/** The variable that marks all that one fleet starts. */
export const fleetMark = 'PROCTOR_FLEET';

/** Ends what a fleet leaves behind when its own process is killed. */
export interface Guard {
  /** The mark that everything of this fleet must carry, as `fleetMark` in its environment. */
  readonly mark: string;
  /** Containers of the fleet, labelled `proctor.fleet=<mark>`, are to be ended too. */
  watchContainers(): void;
  /** To be called when nothing is left. */
  dismiss(): void;
}

/** Longer than a program of ours needs to end by itself. */
const graceSeconds = 10;

/**
 * Reads until the fleet's process is gone, gives the programs time to end by themselves, and kills what is left. Programs that
 * stand still or are stopped, and those that have no channel, do not end by themselves.
 */
const script = `
mark=$1 grace=$2 containers=
while read -r line; do containers=$line; done
find_left() { grep -lF "${fleetMark}=$mark" /proc/[0-9]*/environ 2>/dev/null; }
while [ "$grace" -gt 0 ] && [ -n "$(find_left)" ]; do sleep 1; grace=$((grace - 1)); done
for round in 1 2 3; do
  for file in $(find_left); do pid=\${file#/proc/}; kill -9 "\${pid%/environ}"; done
done
[ -z "$containers" ] || docker ps -q --filter "label=proctor.fleet=$mark" |
  while read -r id; do docker kill "$id"; done
`;

/**
 * Starts a shell that outlives this process for a moment. Where there is no shell or no /proc, programs that do not end by themselves stay
 * when this process is killed.
 */
export function startGuard(environment: Readonly<Record<string, string | undefined>>): Guard {
  const mark = randomUUID();
  const child = spawn('sh', ['-c', script, 'proctor-guard', mark, String(graceSeconds)], {
    // At the head of its own group, out of reach of the terminal's Ctrl-C.
    detached: true,
    env: { ...environment, [tokenVariable]: undefined },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.once('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  return {
    mark,
    watchContainers: () => void child.stdin.write('containers\n'),
    dismiss() {
      if (child.pid !== undefined && child.exitCode === null) sendSignal(-child.pid, 'SIGKILL');
    },
  };
}
