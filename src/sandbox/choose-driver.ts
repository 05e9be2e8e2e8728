import { coerceError, ProctorError, type Clock, type Logger } from '../base/index.ts';
import type { SandboxBackend } from './backend.ts';
import { BackedSandbox } from './backed-sandbox.ts';
import { BubblewrapDriver } from './bubblewrap/index.ts';
import type { SandboxDriver } from './contract.ts';

export type DriverName = SandboxDriver['name'];

export interface DriverSettings {
  /** Of the container engine, as DOCKER_HOST has it; that variable, or the usual socket, without it. */
  readonly host?: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface DriverChoice extends DriverSettings {
  /** `auto`, the default, takes the first that works: bubblewrap, then docker. */
  readonly driver?: 'auto' | DriverName | undefined;
}

/** What a driver can do on this machine, for people. */
export type Finding =
  | { readonly driver: DriverName; readonly works: true; readonly detail: string }
  | { readonly driver: DriverName; readonly works: false; readonly reason: string; readonly advice: string };

interface Candidate {
  readonly name: DriverName;
  /** Gives the driver once a sandbox of it was seen to work, or its engine to answer. */
  readonly open: (settings: DriverSettings) => Promise<{ driver: SandboxDriver; detail: string }>;
  readonly advice: string;
}

const candidates: readonly Candidate[] = [
  {
    name: 'bubblewrap',
    open: openBubblewrap,
    advice:
      'Install it: apt-get install bubblewrap, as a user who may make name spaces and overlay mounts (root may)',
  },
  {
    name: 'docker',
    open: openDocker,
    advice: 'Start an engine (apt-get install docker.io), or name one that runs with DOCKER_HOST',
  },
];

/**
 * Gives a driver that works here; whoever asks releases it. Rejects with `sandbox-driver-unusable` or `sandbox-none`: what a model
 * wrote is never run without a sandbox.
 */
export async function chooseDriver({
  driver: wanted = 'auto',
  ...settings
}: DriverChoice): Promise<SandboxDriver> {
  const reasons: string[] = [];
  for (const { name, open, advice } of candidates) {
    if (wanted !== 'auto' && wanted !== name) continue;
    try {
      return (await open(settings)).driver;
    } catch (error) {
      const reason = describe(error);
      if (wanted === name)
        throw new ProctorError('sandbox-driver-unusable', { driver: name, reason, advice }, { cause: error });
      reasons.push(`${name}: ${reason}`);
    }
  }
  throw new ProctorError('sandbox-none', { reasons: reasons.join('; ') });
}

/** Tries every driver, in the order of preference: the first that works is the one that `auto` takes. */
export async function examineDrivers(settings: DriverSettings): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { name, open, advice } of candidates) {
    try {
      const { driver, detail } = await open(settings);
      await driver.release();
      findings.push({ driver: name, works: true, detail });
    } catch (error) {
      findings.push({ driver: name, works: false, reason: describe(error), advice });
    }
  }
  return findings;
}

/** On one line: programs complain on several. */
function describe(error: unknown): string {
  return coerceError(error)
    .message.trim()
    .replace(/\s*\n\s*/g, '; ');
}

async function openBubblewrap({ clock }: DriverSettings) {
  const driver = await BubblewrapDriver.open(clock);
  try {
    await tryOut(driver);
    return { driver, detail: `limits by ${driver.limitedBy}` };
  } catch (error) {
    await driver.release();
    throw error;
  }
}

async function tryOut(driver: SandboxDriver): Promise<void> {
  const sandbox = await driver.create('host');
  const { exitCode, stderr } = await sandbox.exec(['/bin/bash', '-c', 'exit 0']);
  if (exitCode !== 0) throw new ProctorError('sandbox-failed', { reason: stderr.text.trim() });
  await sandbox.destroy();
}

async function openDocker({ clock, log, host }: DriverSettings) {
  const makeSandbox = (backend: SandboxBackend) => new BackedSandbox(backend, clock);
  // Loaded when it is wanted: the client of the engine is large, and most machines use bubblewrap.
  const { createDockerDriver } = await import('./docker/index.ts');
  const driver = await createDockerDriver({ clock, log, makeSandbox, host });
  return { driver, detail: 'its engine answers' };
}
