import { nameFault, type Fault } from './fault.ts';
import type { ChaosResult } from './run-chaos.ts';

/** The figures of a run as a table of two columns, with what went wrong below it. */
export function formatResult(result: ChaosResult, command: string): string {
  const { figures, faults, planned, problems, assignerStarts, answers, wallMs, keptFolder } = result;
  const names = [...new Set(planned.map(nameFault))].sort();
  const count = (list: readonly Fault[], name: string) =>
    list.filter((fault) => nameFault(fault) === name).length;
  const struck = faults.map(({ fault }) => fault);
  const rows: readonly (readonly [string, string | number])[] = [
    ...names.map((name) => [name, `${count(struck, name)} of ${count(planned, name)}`] as const),
    ['faults survived', struck.length],
    ['', ''],
    ['samples', figures.samples],
    ['samples lost', figures.lost],
    ['samples doubled', figures.doubled],
    ['steps', figures.steps],
    ['steps under faults', result.stepsUnderFaults],
    ['steps doubled', figures.stepsDoubled],
    [
      'steps replayed',
      `${figures.stepsReplayed} in ${figures.samplesReplayed} sessions that ended without a run`,
    ],
    ['answers given', answers],
    ['failed attempts', formatCounts(figures.retries)],
    ['assigner starts', assignerStarts],
    ['wall time', `${Math.round(wallMs / 1000)} s`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd());
  const verdict =
    problems.length === 0
      ? [keptFolder ? `passed; logs and results are in ${keptFolder}` : 'passed']
      : [
          ...problems.map((problem) => `problem: ${problem}`),
          `failed; logs and results are in ${keptFolder}`,
          `the same faults again: ${command}`,
        ];
  return [...table, '', ...verdict].join('\n');
}

function formatCounts(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts)
    .sort(([left], [right]) => left.localeCompare(right))
    .map(([name, count]) => `${count} ${name}`);
  return parts.join(', ') || 'none';
}
