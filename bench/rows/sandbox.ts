import { readdir, readFile, readlink } from 'node:fs/promises';
import { silentLogger, systemClock } from '../../src/base/index.ts';
import { chooseDriver, type Sandbox, type SandboxDriver } from '../../src/sandbox/index.ts';
import { atMost, shown, type Figure } from '../figure.ts';
import { alternate } from '../rounds.ts';
import { startBareBash, startBareBubblewrap } from '../sandbox/bare.ts';
import type { BenchSettings } from '../settings.ts';
import { median, percentile } from '../statistics.ts';

const atOnce = 16;
const sessions = 24;
const mostOverBare = 1.5;
const roundTripGoalMs = 3;

/** Sandboxes of the driver that this machine uses, beside what the engine below does by itself: bwrap, and a bash over a pipe. */
export async function measure(settings: BenchSettings): Promise<readonly Figure[]> {
  const driver = await chooseDriver({ driver: 'bubblewrap', clock: systemClock, log: silentLogger });
  try {
    return [
      ...(await measureStarts(driver, settings)),
      ...(await measureCommands(driver, settings)),
      ...(await measureSamples(driver, settings)),
    ];
  } finally {
    await driver.release();
  }
}

async function measureStarts(
  driver: SandboxDriver,
  { rounds, quick, scratch }: BenchSettings,
): Promise<Figure[]> {
  const count = quick ? 16 : 64;
  const ours = async (time: Stopwatch) => {
    const sandbox = await driver.create('host');
    await sandbox.exec(['true']);
    time.stop();
    await sandbox.destroy();
  };
  const bare = async (time: Stopwatch) => {
    await startBareBubblewrap(scratch);
    time.stop();
  };
  const times = await alternate(rounds, {
    ours: () => timeEach(count, 1, ours),
    bare: () => timeEach(count, 1, bare),
    oursTogether: () => timeEach(count, atOnce, ours),
    bareTogether: () => timeEach(count, atOnce, bare),
  });
  const middle = (values: readonly (readonly number[])[]) => median(values.map(median));
  const figures = (label: string, own: number, engine: number) => [
    atMost(
      `from its making to its first command's end ${label}, ÷ bare bwrap with an overlay`,
      own / engine,
      {
        goal: mostOverBare,
        digits: 2,
      },
    ),
    shown(`the same ${label}`, own, { unit: 'ms', digits: 1 }),
    shown(`bare bwrap ${label}`, engine, { unit: 'ms', digits: 1 }),
  ];
  return [
    ...figures('one at a time', middle(times.ours), middle(times.bare)),
    ...figures(`${atOnce} at once`, middle(times.oursTogether), middle(times.bareTogether)),
  ];
}

async function measureCommands(driver: SandboxDriver, { rounds, quick }: BenchSettings): Promise<Figure[]> {
  const count = quick ? 100 : 1000;
  const sandbox = await driver.create('host');
  const shell = await sandbox.shell();
  const bash = startBareBash();
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
async function measureSamples(driver: SandboxDriver, { quick }: BenchSettings): Promise<Figure[]> {
  const count = quick ? 48 : 500;
  // The first sandbox of a process leaves what every later one shares.
  await playSample(await driver.create('host'));
  const before = await countHoldings();
  const begin = performance.now();
  await timeEach(count, sessions, async () => playSample(await driver.create('host')));
  const seconds = (performance.now() - begin) / 1000;
  const after = await countHoldings();
  const left = Object.entries(after).map(
    ([name, number]) => [name, number - (before[name as keyof Holdings] ?? 0)] as const,
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

interface Holdings {
  readonly processes: number;
  readonly mounts: number;
  readonly 'control groups': number;
  readonly folders: number;
  readonly 'open files': number;
}

async function countHoldings(): Promise<Holdings> {
  const own = `/proc/${process.pid}`;
  const pipes = await Promise.all(
    (await readdir(`${own}/fd`)).map((file) => readlink(`${own}/fd/${file}`).catch(() => undefined)),
  );
  return {
    processes: await countProcesses(),
    mounts: (await readFile(`${own}/mountinfo`, 'utf8')).split('\n').length,
    'control groups': await countGroups('/sys/fs/cgroup'),
    folders: await countFolders(),
    'open files': pipes.filter((target) => target !== undefined).length,
  };
}

/** Programs that make sandboxes, and those that the samples leave behind. */
async function countProcesses(): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.filter((command) => /^(bwrap|nsenter|unshare|setsid|sleep\x001000)\x00/.test(command))
    .length;
}

/** Those of sandboxes, wherever the kernel shows them. */
async function countGroups(root: string): Promise<number> {
  const controllers = await readdir(root, { withFileTypes: true });
  const folders = [
    root,
    ...controllers.filter((entry) => entry.isDirectory()).map(({ name }) => `${root}/${name}`),
  ];
  const names = (await Promise.all(folders.map((folder) => readdir(folder)))).flat();
  return names.filter((name) => name.startsWith('proctor-')).length;
}

async function countFolders(): Promise<number> {
  const common = `/tmp/proctor-sandboxes-${process.getuid?.()}`;
  const folders = await readdir(common).catch(() => []);
  const inside = await Promise.all(folders.map((folder) => readdir(`${common}/${folder}`)));
  return inside.flat().length;
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
