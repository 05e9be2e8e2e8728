import { statfs } from 'node:fs/promises';
import { atLeast, atMost, failed, shown, type Figure } from '../figure.ts';
import { startPart } from '../processes/part.ts';
import { prepareStart } from '../processes/measured-start.ts';
import type { Phase, ResultsOperations } from '../results/results-part.ts';
import { repeat } from '../rounds.ts';
import { makeScratchFolder } from '../scratch.ts';
import type { BenchSettings } from '../settings.ts';
import { medianOf } from '../statistics.ts';

const historyBytes = 40_000;
const megabytesPerSecond = { unit: 'MB/s' };

/** A large results file: appended with sync, resumed from, summarised, each in a process of its own. */
export async function measure(settings: BenchSettings): Promise<readonly Figure[]> {
  const runs = settings.quick ? 10_000 : 100_000;
  await requireSpace(settings.scratch, 2 * runs * historyBytes);
  // Each is long enough to be its own median; more than three would tell nothing new.
  const rounds = await repeat(Math.min(3, settings.rounds), () => measureOnce(settings, runs));
  const appended = rounds.map((round) => round.appended);
  const diskSpeed = medianOf(rounds, ({ plain }) => speedOf(plain));
  return [
    atLeast(
      'appended with sync',
      medianOf(appended, ({ seconds }) => runs / seconds),
      { goal: 2_000, unit: 'runs/s' },
    ),
    shown('appended with sync', medianOf(appended, speedOf), megabytesPerSecond),
    shown(
      'most memory while appending',
      medianOf(appended, (phase) => phase.peakRssMiB),
      { unit: 'MiB' },
    ),
    ...showPhases(
      'resumed',
      rounds.map((round) => round.resumed),
      diskSpeed,
    ),
    ...showPhases(
      'summarised',
      rounds.map((round) => round.summarised),
      diskSpeed,
    ),
    shown('read plainly', diskSpeed, megabytesPerSecond),
  ];
}

type PhaseOutcome = Phase | { readonly problem: string };

interface Round {
  readonly appended: Phase;
  readonly plain: Phase;
  readonly resumed: PhaseOutcome;
  readonly summarised: PhaseOutcome;
}

async function measureOnce(settings: BenchSettings, runs: number): Promise<Round> {
  await using folder = await makeScratchFolder(settings.scratch);
  const start = (name: string) =>
    startPart<ResultsOperations>('../results/results-part.js', prepareStart(settings, name));
  const round = { folder: folder.path, runs };
  let appended: Phase;
  {
    await using writer = start('append');
    appended = await writer.call('append', { ...round, historyBytes });
  }
  await using plainReader = start('read-plainly');
  const plain = await plainReader.call('readPlainly', round);
  await using reader = start('resume');
  try {
    const { resumed, summarised, completed, problem } = await reader.call('resume', round);
    const wrong = completed === runs ? problem : `${completed} of ${runs} runs were found`;
    if (wrong !== undefined) settings.log(`summary: ${wrong}`);
    return {
      appended,
      plain,
      resumed: resumed ?? { problem: 'it never came to know its plan' },
      summarised: wrong === undefined ? summarised : { problem: wrong },
    };
  } catch (error) {
    const problem = String(error).split('\n')[0] ?? '';
    return { appended, plain, resumed: { problem }, summarised: { problem } };
  }
}

function showPhases(name: string, outcomes: readonly PhaseOutcome[], diskSpeed: number): readonly Figure[] {
  const phases = outcomes.filter((outcome): outcome is Phase => !('problem' in outcome));
  const problem = outcomes.find((outcome) => 'problem' in outcome)?.problem;
  if (problem !== undefined) return [failed(name, problem, '≥ 300 MB/s, ≤ 300 MiB')];
  const speed = atLeast(name, medianOf(phases, speedOf), { goal: 300, ...megabytesPerSecond });
  return [
    { ...speed, isReached: speed.isReached === true || medianOf(phases, speedOf) >= diskSpeed },
    atMost(
      `most memory, ${name}`,
      medianOf(phases, (phase) => phase.peakRssMiB),
      { goal: 300, unit: 'MiB' },
    ),
  ];
}

function speedOf({ megabytes, seconds }: Phase): number {
  return megabytes / seconds;
}

async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  throw new Error(
    `${folder} has ${Math.round((bavail * bsize) / 1e9)} GB free; wanted: ${Math.round(bytes / 1e9)} GB (another folder: TMPDIR)`,
  );
}
