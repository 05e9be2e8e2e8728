import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { sleep, type Clock } from '../base/index.ts';
import {
  linkNames,
  workerNames,
  type Fault,
  type LinkName,
  type ProgramName,
  type StruckFault,
} from './fault.ts';
import { KeptProgram } from './kept-program.ts';
import { findPorts } from './leftovers.ts';
import { chaosMark, type Ending } from './program.ts';
import { TcpProxy } from './proxy.ts';
import { openSmallDisk, type SmallDisk } from './small-disk.ts';
import { results, writeSystemFiles } from './system-files.ts';
import { assignerWords, controllerWords, workerWords, type Addresses } from './system-words.ts';

export interface SystemSetting {
  /** Everything of this run lies here. */
  readonly folder: string;
  /** Stands in the environment of whatever is started. */
  readonly mark: string;
  readonly samplesPerAgent: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** Enough for the results, and quickly filled. */
const diskMiB = 32;
/** A cut that finds no message to strike is given up after so long. */
const cutLimitMs = 20_000;
/** An assigner that could not write is not held to its exit codes for so long. */
const diskAftermathMs = 5_000;

/** A controller, three workers and an assigner as programs of their own, joined by proxies, that faults can be done to. */
export class ChaosSystem {
  readonly struck: StruckFault[] = [];
  /** What programs did that they must not do. */
  readonly misdeeds: string[] = [];
  /** Exit codes of assigners that ended by themselves. */
  readonly passes: number[] = [];
  readonly addresses: Addresses;
  readonly disk: SmallDisk | undefined;
  readonly #setting: SystemSetting;
  readonly #proxies: ReadonlyMap<LinkName, TcpProxy>;
  readonly #programs = new Map<ProgramName, KeptProgram>();
  #passesLeft = Infinity;
  #diskFullUntilMs = 0;

  private constructor(setting: SystemSetting, parts: SystemParts) {
    this.#setting = setting;
    this.addresses = parts.addresses;
    this.disk = parts.disk;
    this.#proxies = parts.proxies;
  }

  /** Starts controller and workers; the assigner is started by `startAssigner`. */
  static async open(setting: SystemSetting): Promise<ChaosSystem> {
    const parts = await prepareParts(setting);
    const system = new ChaosSystem(setting, parts);
    system.#keep('controller', controllerWords(parts.addresses));
    for (const [position, worker] of workerNames.entries())
      system.#keep(worker, workerWords(parts.addresses, position));
    return system;
  }

  /** Starts it again whenever it ends, until it ends with 0. Resolves then, or when it has no more passes. */
  startAssigner(): Promise<void> {
    return this.#keep('assigner', assignerWords()).finished;
  }

  /** So often the assigner may still end with something undone. */
  limitPasses(passes: number): void {
    this.#passesLeft = passes;
  }

  /** How many requests of the assigner were answered. */
  get progress(): number {
    return this.#proxies.get('assigner-controller')?.replies ?? 0;
  }

  get assignerStarts(): number {
    return this.#programs.get('assigner')?.starts ?? 0;
  }

  /** Does a fault; resolves when it is over. One that found nothing to strike is not counted. */
  async strike(fault: Fault, signal: AbortSignal): Promise<void> {
    const { clock } = this.#setting;
    const beganMs = clock.now();
    if (await this.#do(fault, signal)) this.struck.push({ fault, beganMs, endedMs: clock.now() });
  }

  /** Asks every program to end, the assigner first, and closes the proxies. */
  async putDown(): Promise<void> {
    await this.#programs.get('assigner')?.putDown();
    await Promise.all(workerNames.map((worker) => this.#programs.get(worker)?.putDown()));
    await this.#programs.get('controller')?.putDown();
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
  }

  async #do(fault: Fault, signal: AbortSignal): Promise<boolean> {
    switch (fault.kind) {
      case 'kill':
        return this.#act(fault.program, (program) => program.kill(fault.holdMs));
      case 'restart':
        return this.#act(fault.program, (program) => program.restart(fault.holdMs));
      case 'stop':
        return this.#act(fault.program, (program) => program.stopFor(fault.holdMs));
      case 'cut-request':
      case 'cut-reply':
        return this.#cut(fault.link, fault, signal);
      case 'delay':
        await this.#proxies.get(fault.link)?.hold(fault.holdMs, signal);
        return true;
      case 'fill-disk':
        return this.#fillDisk(fault.holdMs);
    }
  }

  async #act(name: ProgramName, action: (program: KeptProgram) => Promise<boolean>): Promise<boolean> {
    const program = this.#programs.get(name);
    return program ? action(program) : false;
  }

  async #cut(
    link: LinkName,
    { kind, share }: { readonly kind: 'cut-request' | 'cut-reply'; readonly share: number },
    signal: AbortSignal,
  ): Promise<boolean> {
    const limit = new AbortController();
    const timer = this.#setting.clock.after(cutLimitMs, () => limit.abort());
    const direction = kind === 'cut-request' ? 'request' : 'reply';
    try {
      const either = AbortSignal.any([signal, limit.signal]);
      return (await this.#proxies.get(link)?.cutNext(direction, share, either)) ?? false;
    } finally {
      timer.cancel();
    }
  }

  async #fillDisk(holdMs: number): Promise<boolean> {
    if (!this.disk) return false;
    const { clock } = this.#setting;
    this.#diskFullUntilMs = Infinity;
    await this.disk.fill();
    await sleep(clock, holdMs);
    await this.disk.free();
    this.#diskFullUntilMs = clock.now() + diskAftermathMs;
    return true;
  }

  #keep(name: ProgramName, words: readonly string[]): KeptProgram {
    const { folder, mark, environment, clock } = this.#setting;
    const program = new KeptProgram({
      words,
      folder,
      environment: { ...environment, [chaosMark]: mark },
      logFile: path.join(folder, `${name}.log`),
      clock,
      endSignal: name === 'assigner' ? 'SIGINT' : 'SIGTERM',
      onOwnEnd: (ending) => (name === 'assigner' ? this.#endPass(ending) : this.#blame(name, ending)),
      onStuck: () => this.#note(`${name} did not end when it was asked to`),
    });
    this.#programs.set(name, program);
    return program;
  }

  /** Whether another pass is wanted. */
  #endPass(ending: Ending): boolean {
    const isDiskFull = this.#setting.clock.now() < this.#diskFullUntilMs;
    const isUsual = ending.code === 0 || ending.code === 1;
    if (!isUsual && !isDiskFull) this.#blame('assigner', ending);
    this.#setting.log(`the assigner ended with ${ending.code ?? ending.signal}`);
    this.passes.push(ending.code ?? -1);
    this.#passesLeft--;
    return ending.code !== 0 && this.#passesLeft > 0;
  }

  #blame(name: ProgramName, { code, signal }: Ending): boolean {
    this.#note(`${name} ended by itself with ${code ?? signal}`);
    return true;
  }

  #note(misdeed: string): void {
    this.misdeeds.push(misdeed);
    this.#setting.log(`MISDEED: ${misdeed}`);
  }
}

interface SystemParts {
  readonly addresses: Addresses;
  readonly disk: SmallDisk | undefined;
  readonly proxies: ReadonlyMap<LinkName, TcpProxy>;
}

async function prepareParts({ folder, samplesPerAgent, clock }: SystemSetting): Promise<SystemParts> {
  const [controllerPort = 0, ...workerPorts] = await findPorts(1 + workerNames.length, Math.random);
  const proxies = new Map<LinkName, TcpProxy>();
  for (const link of linkNames) {
    const position = workerNames.findIndex((worker) => link === `controller-${worker}`);
    const target = workerPorts[position] ?? controllerPort;
    proxies.set(link, await TcpProxy.open(target, clock));
  }
  const portOf = (link: LinkName) => proxies.get(link)?.port ?? 0;
  const addresses: Addresses = {
    controllerPort,
    workerPorts,
    assignerProxyPort: portOf('assigner-controller'),
    heartbeatProxyPort: portOf('workers-controller'),
    workerProxyPorts: workerNames.map((worker) => portOf(`controller-${worker}`)),
  };
  await writeSystemFiles(folder, { addresses, samples: samplesPerAgent });
  const output = path.join(folder, results);
  await mkdir(output);
  return { addresses, proxies, disk: await openSmallDisk(output, diskMiB) };
}
