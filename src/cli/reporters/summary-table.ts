import type { EvaluationSummary, PairSummary } from '../../assigner/index.ts';
import { formatFootnotes } from './summary-footnotes.ts';

const headings = [
  'agent',
  'task',
  'n',
  'scored',
  'failed',
  'not played',
  'main score',
  'over all n',
] as const;
/** From here on columns are numbers. */
const firstNumber = 2;

/**
 * The final table: a line for each agent on each task, with the main score over the scored samples and, in a column that is there only when
 * it is needed, over all with the unscored as failures; then what there is to say of the unscored.
 */
export function formatSummary(summary: EvaluationSummary): string {
  const rows = summary.pairs.map((pair) => [
    pair.agent,
    pair.task,
    String(pair.total),
    String(pair.completed),
    String(pair.failed),
    String(pair.notPlayed),
    formatMainScore(pair),
    formatScoreOverAll(pair),
  ]);
  const absent = summary.absent.map(({ agent, task }) => [
    agent,
    task,
    '-',
    '-',
    '-',
    'all',
    'no worker came',
    '',
  ]);
  const body = [...rows, ...absent];
  const columns = body.some((line) => line.at(-1) !== '') ? headings.length : headings.length - 1;
  const lines = [[...headings], ...body].map((line) => line.slice(0, columns));
  const widths = headings
    .slice(0, columns)
    .map((_heading, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const formatted = lines.map((line) => formatLine(line, widths));
  formatted.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return [...formatted, ...formatFootnotes(summary)].join('\n');
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
  if (mainScore) return `${mainScore.name} ${formatFigure(mainScore.value)}`;
  return overallFailure === undefined ? '-' : 'could not be calculated';
}

/** Empty where it is the same as the main score, since nothing is unscored, or where there is none. */
function formatScoreOverAll({ metric, failed, notPlayed }: PairSummary): string {
  if (!metric || failed + notPlayed === 0) return '';
  if (metric.all === null) return 'not known';
  return metric.how === 'share of all' ? `${formatFigure(metric.all)} *` : formatFigure(metric.all);
}

function formatFigure(value: number): string {
  return String(Number(value.toFixed(4)));
}
