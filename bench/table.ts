import { readFileSync, writeFileSync } from 'node:fs';
import type { Figure } from './figure.ts';

/** A row as it was measured. */
export interface MeasuredRow {
  readonly row: string;
  readonly figures: readonly Figure[];
  /** The machine's load right before. */
  readonly load: number;
}

const markers = { begin: '<!-- figures: begin -->', end: '<!-- figures: end -->' } as const;
const head = [
  '<!-- prettier-ignore -->',
  '| row | figure | measured | goal | | load before |',
  '| --- | --- | --- | --- | --- | --- |',
];

/** The rows as the lines of a Markdown table, without its head. */
export function formatRows(rows: readonly MeasuredRow[]): readonly string[] {
  return rows.flatMap(({ row, figures, load }) =>
    figures.map(({ name, measured, goal = '', isReached }) => {
      const verdict = isReached === undefined ? '' : isReached ? 'reached' : '**missed**';
      return `| ${[row, name, measured, goal, verdict, load.toFixed(1)].join(' | ')} |`;
    }),
  );
}

export function formatTable(rows: readonly MeasuredRow[]): string {
  return [...head.slice(1), ...formatRows(rows)].join('\n');
}

/** Puts measured rows into a file's table, between its markers; rows that were not measured stay as they are. Throws without markers. */
export function writeTable(
  file: string,
  rows: readonly MeasuredRow[],
  machine: string,
  order: readonly string[],
): void {
  const text = readFileSync(file, 'utf8');
  const begin = text.indexOf(markers.begin);
  const end = text.indexOf(markers.end);
  if (begin === -1 || end < begin)
    throw new Error(`${file} lacks the lines ${markers.begin} and ${markers.end}`);
  const measured = new Set(rows.map(({ row }) => row));
  const kept = text
    .slice(begin, end)
    .split('\n')
    .filter((line) => order.includes(rowOf(line)) && !measured.has(rowOf(line)));
  const lines = [...kept, ...formatRows(rows)];
  const sorted = order.flatMap((row) => lines.filter((line) => rowOf(line) === row));
  const table = [markers.begin, '', machine, '', ...head, ...sorted, '', ''].join('\n');
  writeFileSync(file, text.slice(0, begin) + table + text.slice(end));
}

function rowOf(line: string): string {
  return line.split('|')[1]?.trim() ?? '';
}
