import type { Progress } from './progress-state.ts';

const longestLabel = 24;
const widestBar = 20;
const narrowestBar = 5;
/** Between the columns of a line. */
const gap = '  ';

/**
 * One bar a line: `oracle  ███████░░░   70 %  4 running  21/30 done  0 failed  3.2/s  ETA 0:03`. The bars give way to the figures in
 * a narrow terminal; lines are cut to its width.
 */
export function formatBars(progresses: readonly Progress[], columns: number): readonly string[] {
  const room = Math.max(1, columns - 1);
  const labelWidth = Math.min(longestLabel, Math.max(...progresses.map(({ label }) => label.length)));
  const figures = progresses.map(formatFigures);
  const taken = labelWidth + 2 * gap.length + Math.max(...figures.map((text) => text.length));
  const barWidth = Math.max(narrowestBar, Math.min(widestBar, room - taken));
  return progresses.map((progress, position) => {
    const label = progress.label.slice(0, labelWidth).padEnd(labelWidth);
    return [label, formatBar(progress, barWidth), figures[position]].join(gap).slice(0, room);
  });
}

/** One line for all: `12 of 60 done, 2 failed (1 task, 1 worker), 4 running, 3.2 samples/s, ETA 0:15 (oracle 6/30, wrong 6/30)`. */
export function formatProgressLine(overall: Progress, agents: readonly Progress[]): string {
  const { total, done, failed, failedBy, running, perSecond } = overall;
  const causes = [...failedBy].map(([cause, count]) => `${count} ${cause}`).join(', ');
  const failures = failed === 0 ? '0 failed' : `${failed} failed (${causes})`;
  const figures = `${done} of ${total} done, ${failures}, ${running} running`;
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

function shareDone({ total, done, failed }: Progress): number {
  return total === 0 ? 1 : Math.min(1, (done + failed) / total);
}

function formatBar(progress: Progress, width: number): string {
  const filled = Math.floor(shareDone(progress) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

function formatFigures(progress: Progress): string {
  const { total, done, failed, running, perSecond, remainingMs } = progress;
  return [
    `${Math.floor(shareDone(progress) * 100)} %`.padStart(5),
    `${running} running`,
    `${done}/${total} done`,
    `${failed} failed`,
    `${perSecond.toFixed(1)}/s`,
    `ETA ${formatDuration(remainingMs)}`,
  ].join(gap);
}
