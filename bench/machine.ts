import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** Below this load, nobody else uses the machine. */
const quietLoad = 0.5;

/** One sentence about what the figures were measured on. */
export function describeMachine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${model}, ${memoryGiB} GiB, Linux ${release()}, Node ${process.versions.node}${describeCommit()}`;
}

/** Processes that wanted a processor over the last minute, on average. */
export function readLoad(): number {
  return loadavg()[0] ?? NaN;
}

export function isQuiet(): boolean {
  return readLoad() < quietLoad;
}

function describeCommit(): string {
  try {
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' });
    return `, commit ${commit.trim()}`;
  } catch {
    return '';
  }
}
