import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { sleep, type Clock } from '../base/index.ts';
import type { Transport } from '../protocol/index.ts';
import { Breather } from './breather.ts';
import { ChaosSystem } from './chaos-system.ts';
import type { Evidence } from './evidence.ts';
import { describeFault, workerNames, type Fault, type StruckFault } from './fault.ts';
import { findMarked, isFree } from './leftovers.ts';
import { findTakenSlots, waitForWorkers, type Look } from './look-at-controller.ts';
import { playSchedule } from './play-schedule.ts';
import { chaosMark } from './program.ts';
import { countAnswers, readEvidence } from './read-evidence.ts';
import { makeSchedule } from './schedule.ts';
import { results } from './system-files.ts';
import { addressOf } from './system-words.ts';
import { verify, type Figures } from './verify.ts';

export interface ChaosSetting {
  readonly seed: number;
  /** How long there are faults, on a machine that is quick enough; more than 0. */
  readonly minutes: number;
  /** Keep logs and results also when all is well. */
  readonly keep: boolean;
  /** A folder for this run is made in it. */
  readonly temporaryFolder: string;
  /** What the programs find in their environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly transport: Transport;
  /** Told what is going on, one line each. */
  readonly tell: (line: string) => void;
  /** Ends the run early: everything is ended and nothing is judged. */
  readonly signal: AbortSignal;
}

export type ChaosResult = {
  readonly figures: Figures;
  readonly faults: readonly StruckFault[];
  readonly planned: readonly Fault[];
  readonly problems: readonly string[];
  readonly assignerStarts: number;
  /** Of all steps, those that were taken while there were faults. */
  readonly stepsUnderFaults: number;
  /** What the agents were asked, all in all. */
  readonly answers: number;
  readonly canFillDisk: boolean;
  readonly wallMs: number;
  /** Where the logs and results are, when they are kept. */
  readonly keptFolder: string | undefined;
};

const faultsPerMinute = 78;
const samplesPerAgentAndMinute = 200;
/** Faults that are put off, since a slow machine needs longer to get going, may take so many times as long. */
const slownessLimit = 2;
const startLimitMs = 60_000;
/** After the faults the assigner may end so often with something undone. */
const passesAfterwards = 6;
const playLimitMs = 180_000;
const settleLimitMs = 20_000;

/** Runs the whole system under faults, to the evaluation's end, and judges what is left. Throws the signal's reason, and what it cannot set up. */
export async function runChaos(setting: ChaosSetting): Promise<ChaosResult> {
  const { clock, minutes, seed, tell, signal } = setting;
  const beganMs = clock.now();
  const folder = await mkdtemp(path.join(setting.temporaryFolder, 'proctor-chaos-'));
  const log = (line: string) => writeLog(folder, `${new Date(clock.now()).toISOString()} ${line}`);
  const samplesPerAgent = Math.ceil(samplesPerAgentAndMinute * Math.max(1, minutes));
  const mark = randomUUID();
  const durationMs = minutes * 60_000;
  const schedule = makeSchedule({ seed, durationMs, perMinute: faultsPerMinute });
  const system = await ChaosSystem.open({ ...setting, folder, mark, samplesPerAgent, log });
  let problems: readonly string[] = ['the run was broken off'];
  try {
    tell(`seed ${seed}: ${schedule.length} faults in ${minutes} min, everything in ${folder}`);
    if (!system.disk) tell('no small disk can be mounted here: the results disk is not filled');
    const taken = await playUnderFaults(system, { setting, schedule, durationMs, log });
    signal.throwIfAborted();
    const evidence = await readEvidence(folder, { faults: system.struck, samplesPerAgent });
    const answers = await countAnswers(folder);
    const verdict = verify(evidence);
    await system.putDown();
    const left = await findLeftovers(system, { mark, clock });
    const mild = findMildness(system.struck.length, schedule.length);
    problems = [...verdict.problems, ...system.misdeeds, ...taken, ...left, ...mild];
    return {
      figures: verdict.figures,
      faults: system.struck,
      planned: schedule,
      problems,
      assignerStarts: system.assignerStarts,
      stepsUnderFaults: countStepsUnderFaults(evidence),
      answers,
      canFillDisk: system.disk !== undefined,
      wallMs: clock.now() - beganMs,
      keptFolder: setting.keep || problems.length > 0 ? folder : undefined,
    };
  } finally {
    await system.putDown();
    endMarked(mark);
    await closeFolder(folder, { system, keep: (setting.keep || problems.length > 0) && !signal.aborted });
  }
}

interface Play {
  readonly setting: ChaosSetting;
  readonly schedule: readonly Fault[];
  readonly durationMs: number;
  readonly log: (line: string) => void;
}

/** What is wrong at the evaluation's end, as the controller tells it. */
async function playUnderFaults(system: ChaosSystem, play: Play): Promise<readonly string[]> {
  const { setting, schedule, durationMs, log } = play;
  const { clock, transport, tell, signal } = setting;
  const address = addressOf(system.addresses.controllerPort);
  const look: Look = {
    controller: { transport, address },
    clock,
    limitMs: startLimitMs,
    workerCount: workerNames.length,
  };
  const absent = await waitForWorkers(look);
  if (absent.length > 0) return absent;
  let hasFinished = false;
  const done = new AbortController();
  const finished = system.startAssigner().then(() => {
    hasFinished = true;
    done.abort();
  });
  const breather = new Breather({ clock, readProgress: () => system.progress });
  await playSchedule({
    schedule,
    limitMs: slownessLimit * durationMs,
    clock,
    breathe: (either) => breather.wait(either),
    signal: AbortSignal.any([signal, done.signal]),
    async strike(fault, either) {
      log(`begin ${describeFault(fault)}`);
      await system.strike(fault, either);
      log(`end   ${describeFault(fault)}`);
    },
  });
  tell(`${system.struck.length} faults have struck; the evaluation is played to its end`);
  log('no more faults');
  system.limitPasses(passesAfterwards);
  const limit = AbortSignal.any([signal, done.signal]);
  await Promise.race([finished, sleep(clock, playLimitMs, limit).catch(() => undefined)]);
  signal.throwIfAborted();
  const isWhole = system.passes.at(-1) === 0;
  return [
    ...(hasFinished ? [] : [`the assigner had not ended ${playLimitMs / 1000} s after the last fault`]),
    ...(isWhole ? [] : [`the assigner's last exit code is ${system.passes.at(-1) ?? 'none'}, not 0`]),
    ...(await findTakenSlots({ ...look, limitMs: settleLimitMs })),
  ];
}

/** A run that was hardly disturbed proves nothing. */
export function findMildness(struck: number, planned: number): readonly string[] {
  return struck > 0 && 2 * struck >= planned
    ? []
    : [`only ${struck} of ${planned} planned faults have struck`];
}

function endMarked(mark: string): void {
  for (const { pid } of findMarked(`${chaosMark}=${mark}`)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself since it was found.
    }
  }
}

async function findLeftovers(
  system: ChaosSystem,
  { mark, clock }: { readonly mark: string; readonly clock: Clock },
): Promise<readonly string[]> {
  // What is ending at this moment is given that moment.
  for (let look = 0; look < 20 && findMarked(`${chaosMark}=${mark}`).length > 0; look++)
    await sleep(clock, 100);
  const processes = findMarked(`${chaosMark}=${mark}`).map(
    ({ pid, words }) => `process ${pid} is left: ${words}`,
  );
  const { controllerPort, workerPorts, workerProxyPorts, assignerProxyPort, heartbeatProxyPort } =
    system.addresses;
  const ports = [controllerPort, ...workerPorts, ...workerProxyPorts, assignerProxyPort, heartbeatProxyPort];
  const taken: string[] = [];
  for (const port of ports) if (!(await isFree(port))) taken.push(`port ${port} is still listened on`);
  return [...processes, ...taken];
}

/** The results lie on the small disk and are copied from it before it goes. */
async function closeFolder(
  folder: string,
  { system, keep }: { readonly system: ChaosSystem; readonly keep: boolean },
): Promise<void> {
  const output = path.join(folder, results);
  const copy = path.join(folder, 'results-copy');
  if (keep && system.disk) await cp(output, copy, { recursive: true });
  await system.disk?.close();
  if (!keep) await rm(folder, { recursive: true, force: true });
  else if (system.disk) {
    await rm(output, { recursive: true, force: true });
    await rename(copy, output);
  }
}

function countStepsUnderFaults({ faults, steps }: Evidence): number {
  const lastMs = Math.max(...faults.map(({ beganMs }) => beganMs));
  return steps.filter(({ timeMs }) => timeMs <= lastMs).length;
}

function writeLog(folder: string, line: string): void {
  appendFileSync(path.join(folder, 'chaos.log'), `${line}\n`);
}
