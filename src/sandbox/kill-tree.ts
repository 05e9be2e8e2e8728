import type { SandboxBackend } from './backend.ts';
import { MarkerReader, newSecret } from './marker-reader.ts';
import { printMark } from './shell-words.ts';

/**
 * Run inside, by bash alone. The root's parent only waits for it. A victim is what has started since the command began, unless an older process is among its ancestors (a
 * job of an earlier command) or it belongs to another program that was started from outside (whose first process has no parent in here).
 * So a daemon that has left its parent is found too. New ones may appear while it works: it looks until there are none.
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
if [[ $since == *[.,]* ]]; then
  read -r uptime rest </proc/uptime
  now=\${EPOCHREALTIME:-$(date +%s.%6N)}
  since=$(( 10#\${uptime/./} - (\${now/[.,]/} - \${since/[.,]/} + 9999) / 10000 ))
fi
{
  if (( keep )); then
    scan
    kill -INT "$root" "\${victims[@]}"
    sleep 0.05
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
   * the kernel tells in hundredths of a second when a process began. Without it, when the root began.
   */
  readonly since?: { readonly time: string; readonly lastJob: string } | undefined;
  /** Whether the root is interrupted, as by Ctrl-C, rather than killed. */
  readonly keepRoot: boolean;
}

/**
 * Kills what a command has started. Resolves with false when that could not be done from inside, as where no process can be started
 * any more or the signal is aborted first.
 */
export async function killTree(backend: SandboxBackend, tree: Tree, signal: AbortSignal): Promise<boolean> {
  const { root, since = { time: 'root', lastJob: '0' }, keepRoot } = tree;
  const secret = newSecret();
  const reader = new MarkerReader(secret);
  const text = `${script}${printMark(secret, '"${#victims[@]}"')}`;
  const argv = [
    '/bin/bash',
    '-c',
    text,
    'kill-tree',
    String(root),
    since.time,
    since.lastJob,
    keepRoot ? '1' : '0',
  ];
  const process = await backend.start(argv, { hasInput: false });
  const detach = () => process.detach();
  signal.addEventListener('abort', detach, { once: true });
  if (signal.aborted) detach();
  try {
    for await (const { channel, bytes } of process.output) {
      if (channel !== 'stdout') continue;
      for (const read of reader.push(bytes)) if ('mark' in read) return read.mark[0] === '0';
    }
    return false;
  } finally {
    signal.removeEventListener('abort', detach);
    detach();
  }
}
