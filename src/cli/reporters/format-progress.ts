import type { Progress } from './progress-state.ts';

const longestLabel = 24;
const barWidth = 20;

/** One bar a line: `oracle  ███████░░░  70 %  4 running  21 done  0 failed  3.2/s  ETA 0:03`; cut to the terminal's width. */
export function formatBars(progresses: readonly Progress[], columns: number): readonly string[] {
  const width = Math.min(longestLabel, Math.max(...progresses.map(({ label }) => label.length)));
  return progresses.map((progress) => formatBar(progress, width).slice(0, Math.max(1, columns - 1)));
}

/** One line for all: `12 of 60 done, 1 failed, 4 running, 3.2 samples/s, ETA 0:15 (oracle 6/30, wrong 6/30)`. */
export function formatProgressLine(overall: Progress, agents: readonly Progress[]): string {
  const { total, done, failed, running, perSecond } = overall;
  const figures = `${done} of ${total} done, ${failed} failed, ${running} running`;
  const speed = `${perSecond.toFixed(1)} samples/s, ETA ${formatDuration(overall.remainingMs)}`;
  const each = agents.map((agent) => `${agent.label} ${agent.done}/${agent.total}`).join(', ');
  return `${figures}, ${speed} (${each})`;
}

/** `0:03`, `12:40`, `3:05:00`; `-` for what is not known. */
export function formatDuration(durationMs: number | undefined): string {
  if (durationMs === undefined) return '-';
  const seconds = Math.round(durationMs / 1000);
  const pad = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${pad(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(seconds % 60)}`;
}

function formatBar(progress: Progress, labelWidth: number): string {
  const { label, total, done, failed, running, perSecond, remainingMs } = progress;
  const share = total === 0 ? 1 : Math.min(1, (done + failed) / total);
  const filled = Math.floor(share * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  return [
    label.slice(0, labelWidth).padEnd(labelWidth),
    bar,
    `${Math.floor(share * 100)} %`.padStart(5),
    `${running} running`,
    `${done}/${total} done`,
    `${failed} failed`,
    `${perSecond.toFixed(1)}/s`,
    `ETA ${formatDuration(remainingMs)}`,
  ].join('  ');
}
