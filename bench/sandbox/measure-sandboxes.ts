import type { Sandbox } from '../../src/sandbox/index.ts';
import { atMost, shown, type Figure } from '../figure.ts';
import { alternate } from '../rounds.ts';
import type { BenchSettings } from '../settings.ts';
import { median, percentile } from '../statistics.ts';
import type { Subject } from './subject.ts';

const atOnce = 16;
const sessions = 24;
const mostOverBare = 1.5;
const roundTripGoalMs = 3;

/** Starts, commands and whole samples of a driver, the first two beside the engine alone in the same rounds. */
export async function measureSandboxes(
  subject: Subject,
  settings: BenchSettings,
): Promise<readonly Figure[]> {
  return [
    ...(await measureStarts(subject, settings)),
    ...(await measureCommands(subject, settings)),
    ...(await measureSamples(subject, settings)),
  ];
}

async function measureStarts(
  { driver, image, bareName, bareStart }: Subject,
  { rounds, quick }: BenchSettings,
): Promise<Figure[]> {
  const count = quick ? 16 : 48;
  const ours = async (time: Stopwatch) => {
    const sandbox = await driver.create(image);
    await sandbox.exec(['true']);
    time.stop();
    await sandbox.destroy();
  };
  const bare = async (time: Stopwatch) => {
    const remove = await bareStart();
    time.stop();
    await remove();
  };
  const times = await alternate(rounds, {
    ours: () => timeEach(count, 1, ours),
    bare: () => timeEach(count, 1, bare),
    oursTogether: () => timeEach(count, atOnce, ours),
    bareTogether: () => timeEach(count, atOnce, bare),
  });
  const middle = (values: readonly (readonly number[])[]) => median(values.map(median));
  const figures = (label: string, own: number, engine: number) => [
    atMost(`until its first command has ended, ${label}, ÷ ${bareName}`, own / engine, {
      goal: mostOverBare,
      digits: 2,
    }),
    shown(`the same, ${label}`, own, { unit: 'ms', digits: 1 }),
    shown(`${bareName}, ${label}`, engine, { unit: 'ms', digits: 1 }),
  ];
  return [
    ...figures('one at a time', middle(times.ours), middle(times.bare)),
    ...figures(`${atOnce} at once`, middle(times.oursTogether), middle(times.bareTogether)),
  ];
}

async function measureCommands(
  { driver, image, bareBash }: Subject,
  { rounds, quick }: BenchSettings,
): Promise<Figure[]> {
  const count = quick ? 100 : 1000;
  const sandbox = await driver.create(image);
  const shell = await sandbox.shell();
  const bash = await bareBash();
  const run = (command: string) => () => timeEach(count, 1, async () => void (await shell.run(command)));
  const bare = (command: string) => () => timeEach(count, 1, () => bash.run(command));
  const times = await alternate(rounds, {
    builtin: run(':'),
    bareBuiltin: bare(':'),
    program: run('/bin/true'),
    bareProgram: bare('/bin/true'),
  });
  bash.end();
  await sandbox.destroy();
  const at = (values: readonly (readonly number[])[], share: number) =>
    median(values.map((each) => percentile(each, share)));
  const milliseconds = { unit: 'ms', digits: 2 };
  return [
    atMost('round trip of a builtin, p50', at(times.builtin, 0.5), {
      goal: roundTripGoalMs,
      ...milliseconds,
    }),
    shown('the same, bare bash', at(times.bareBuiltin, 0.5), milliseconds),
    atMost('round trip of a program, p50', at(times.program, 0.5), {
      goal: roundTripGoalMs,
      ...milliseconds,
    }),
    shown('the same, p99', at(times.program, 0.99), milliseconds),
    shown('the same, bare bash', at(times.bareProgram, 0.5), milliseconds),
  ];
}

/** A sample: a sandbox, a shell, a few commands, one of which leaves a daemon behind, and a check. */
async function measureSamples(
  { driver, image, countHoldings }: Subject,
  { quick }: BenchSettings,
): Promise<Figure[]> {
  const count = quick ? 48 : 500;
  // The first sandbox of a process leaves what every later one shares.
  await playSample(await driver.create(image));
  const before = await countHoldings();
  const begin = performance.now();
  await timeEach(count, sessions, async () => playSample(await driver.create(image)));
  const seconds = (performance.now() - begin) / 1000;
  const left = Object.entries(await countHoldings()).map(
    ([name, number]) => [name, number - (before[name] ?? 0)] as const,
  );
  return [
    shown(`${count} samples, ${sessions} at once`, count / seconds, { unit: 'samples/s', digits: 1 }),
    ...left.map(([name, number]) => atMost(`${name} left after ${count} samples`, number, { goal: 0 })),
  ];
}

async function playSample(sandbox: Sandbox): Promise<void> {
  try {
    const shell = await sandbox.shell();
    await shell.run('cd /tmp && seq 100 >numbers && setsid sleep 1000 &');
    await shell.run('sort -n numbers | tail -1');
    const { exitCode } = await sandbox.exec(['/bin/bash', '-c', 'test "$(wc -l </tmp/numbers)" = 100']);
    if (exitCode !== 0) throw new Error('a sandbox lost what was written');
  } finally {
    await sandbox.destroy();
  }
}

interface Stopwatch {
  /** What comes later does not count. */
  stop(): void;
}

/** Milliseconds that each of `count` took, `width` of them at once. */
async function timeEach(
  count: number,
  width: number,
  work: (time: Stopwatch) => Promise<unknown>,
): Promise<number[]> {
  const times: number[] = [];
  let begun = 0;
  const lane = async () => {
    while (begun++ < count) {
      const begin = performance.now();
      let end: number | undefined;
      await work({ stop: () => (end = performance.now()) });
      times.push((end ?? performance.now()) - begin);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return times;
}
