import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { failed, type Figure } from './figure.ts';
import { describeMachine, isQuiet, readLoad } from './machine.ts';
import { rows, type Row } from './rows.ts';
import { parseCommandLine, type BenchSettings } from './settings.ts';
import { formatTable, writeTable, type MeasuredRow } from './table.ts';
import { readProfiles } from './top-frames.ts';

const readme = fileURLToPath(new URL('../../README.md', import.meta.url));

const commandLine = parseCommandLine(process.argv.slice(2));
const chosen = commandLine.rows.map(findRow);
const scratch = mkdtempSync(path.join(tmpdir(), 'proctor-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
// Whatever was started ends with this process.
process.on('SIGINT', () => process.exit(130));

const settings: BenchSettings = {
  ...commandLine.settings,
  scratch,
  log: (line) => console.error(`  ${line}`),
};
if (settings.profiles !== undefined) mkdirSync(settings.profiles, { recursive: true });

const mayWrite = commandLine.write === 'always' || (commandLine.write === 'when-quiet' && isQuiet());
const machine = `Measured on ${describeMachine()}, ${new Date().toISOString().slice(0, 10)}; medians of ${settings.rounds} rounds.`;
console.error(machine);
const measured: MeasuredRow[] = [];
for (const row of chosen.length > 0 ? chosen : rows) measured.push(await measureRow(row));

console.log(`\n${formatTable(measured)}`);
if (settings.profiles !== undefined) console.log(readProfiles(settings.profiles));
if (mayWrite)
  writeTable(
    readme,
    measured,
    machine,
    rows.map(({ name }) => name),
  );
else if (commandLine.write === 'when-quiet')
  console.error('bench/README.md is left as it is: the machine was not quiet (--write writes nevertheless)');

async function measureRow(row: Row): Promise<MeasuredRow> {
  const load = readLoad();
  const startMs = performance.now();
  console.error(`${row.name} (load ${load.toFixed(1)}) …`);
  const figures = await measureFigures(row);
  console.error(`${row.name}: ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
  return { row: row.name, figures, load };
}

/** A row that fails does not take the others along. */
async function measureFigures(row: Row): Promise<readonly Figure[]> {
  try {
    const script = await row.load();
    return await script.measure(settings);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
    return [failed('all figures', String(error).split('\n')[0]?.replaceAll('|', '/') ?? '')];
  }
}

function findRow(name: string): Row {
  const row = rows.find((candidate) => candidate.name === name);
  if (row) return row;
  throw new Error(
    `There is no row ${JSON.stringify(name)}; wanted: ${rows.map((known) => known.name).join(', ')}`,
  );
}
