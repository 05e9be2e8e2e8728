import type { EvaluationSummary, PairSummary } from '../../assigner/index.ts';

const headings = ['agent', 'task', 'n', 'completed', 'failed', 'not played', 'main score'] as const;
/** From here on columns are numbers. */
const firstNumber = 2;

/** The final table: a line for each agent on each task. */
export function formatSummary(summary: EvaluationSummary): string {
  const rows = summary.pairs.map((pair) => [
    pair.agent,
    pair.task,
    String(pair.total),
    String(pair.completed),
    String(pair.failed),
    String(pair.notPlayed),
    formatMainScore(pair),
  ]);
  const absent = summary.absent.map(({ agent, task }) => [
    agent,
    task,
    '-',
    '-',
    '-',
    'all',
    'no worker came',
  ]);
  const lines = [[...headings], ...rows, ...absent];
  const widths = headings.map((_heading, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const formatted = lines.map((line) => formatLine(line, widths));
  formatted.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return formatted.join('\n');
}

function formatLine(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) =>
      column < firstNumber ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    .join('  ')
    .trimEnd();
}

function formatMainScore({ mainScore, overallFailure }: PairSummary): string {
  if (mainScore) return `${mainScore.name} ${Number(mainScore.value.toFixed(4))}`;
  return overallFailure === undefined ? '-' : 'could not be calculated';
}
