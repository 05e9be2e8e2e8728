import type { Clock } from '../base/index.ts';
import type { InnerProcess, SandboxBackend } from './backend.ts';
import { MarkerReader, newSecret } from './marker-reader.ts';
import { printMark } from './shell-words.ts';

/** A little longer than a kill takes on a busy machine. */
const killLimitMs = 10_000;

/**
 * Run inside, by bash alone. The root's parent only waits for it. A victim is what has started since the command began, unless an older
 * process is among its ancestors (a job of an earlier command) or it belongs to another program that was started from outside (whose first
 * process has no parent in here). So a daemon that has left its parent is found too. New ones may appear while it works: it looks until
 * there are none. It starts no process itself (but for the time in a bash before 5), since there may be no room for one: bash would wait for seconds.
 */
const script = `
root=$1 since=$2 last=$3 keep=$4
declare -A parent began
scan() {
  victims=() parent=() began=()
  local entry line fields pid
  for entry in /proc/[0-9]*; do
    { read -r line <"$entry/stat"; } 2>/dev/null || continue
    fields=(\${line##*) })
    [[ \${fields[0]} == [ZX] ]] && continue
    pid=\${entry#/proc/}
    parent[$pid]=\${fields[1]} began[$pid]=\${fields[19]}
  done
  [[ $since == root ]] && since=\${began[$root]:-none}
  [[ $since == none ]] && return
  for pid in "\${!parent[@]}"; do is_victim "$pid" && victims+=("$pid"); done
}
is_victim() {
  local pid=$1
  (( pid == 1 || pid == $$ || pid == parent[$root] )) && return 1
  (( pid == root )) && { (( keep )) && return 1; return 0; }
  while :; do
    (( began[$pid] < since || (began[$pid] <= since + 2 && pid <= last) )) && return 1
    pid=\${parent[$pid]}
    (( pid == root || pid == 1 )) && return 0
    (( pid == 0 )) && return 1
    [[ -n \${parent[$pid]} ]] || return 0
  done
}
uptime() {
  local seconds rest
  read -r seconds rest </proc/uptime
  uptime=\${seconds/./}
}
if [[ $since == *[.,]* ]]; then
  uptime
  now=\${EPOCHREALTIME:-$(date +%s.%6N)}
  since=$(( 10#$uptime - (\${now/[.,]/} - \${since/[.,]/} + 9999) / 10000 ))
fi
{
  if (( keep )); then
    scan
    kill -INT "$root" "\${victims[@]}"
    uptime
    for ((end = 10#$uptime + 5; 10#$uptime < end;)); do uptime; done
  fi
  for ((round = 0; round < 100; round++)); do
    scan
    (( \${#victims[@]} )) || break
    kill -STOP "\${victims[@]}"
    kill -KILL "\${victims[@]}"
  done
} 2>/dev/null
`;

export interface Tree {
  /** The process, by its number inside, that the command was started by. */
  readonly root: number;
  /**
   * Before the command began: the time inside, as bash's EPOCHREALTIME tells it, and the number of the last job in the background, since
   * the kernel tells in hundredths of a second when a process began. Without it, when the root began, and its number.
   */
  readonly since?: { readonly time: string; readonly lastJob: string } | undefined;
  /** Whether the root is interrupted, as by Ctrl-C, rather than killed. */
  readonly keepRoot: boolean;
}

/**
 * Kills what a command has started. Resolves with false when that could not be done from inside, as where no process can be started
 * any more, or not in time.
 */
export async function killTree(backend: SandboxBackend, tree: Tree, clock: Clock): Promise<boolean> {
  const secret = newSecret();
  try {
    const process = await backend.start(killArguments(secret, tree), { hasInput: false });
    const timer = clock.after(killLimitMs, () => process.detach());
    try {
      return (await countLeft(process, secret)) === 0;
    } finally {
      timer.cancel();
      process.detach();
    }
  } catch {
    // Whoever asked ends everything then, and hears of what is wrong with the sandbox itself.
    return false;
  }
}

function killArguments(secret: string, tree: Tree): string[] {
  const { root, since = { time: 'root', lastJob: String(root) }, keepRoot } = tree;
  const text = `${script}${printMark(secret, '"${#victims[@]}"')}`;
  const parameters = [String(root), since.time, since.lastJob, keepRoot ? '1' : '0'];
  return ['/bin/bash', '-c', text, 'kill-tree', ...parameters];
}

/** Undefined when it ended without a word. */
async function countLeft(process: InnerProcess, secret: string): Promise<number | undefined> {
  const reader = new MarkerReader(secret);
  for await (const { channel, bytes } of process.output) {
    if (channel !== 'stdout') continue;
    for (const read of reader.push(bytes)) if ('mark' in read) return Number(read.mark[0]);
  }
  return undefined;
}
