import path from 'node:path';
import type { BenchSettings } from '../settings.ts';

/** How a process is started that is measured. */
export interface MeasuredStart {
  readonly environment: NodeJS.ProcessEnv;
  /** For Node itself. */
  readonly flags: readonly string[];
}

const slowDownFile = new URL('slow-down.js', import.meta.url);

let started = 0;

/** Adds what the settings want of every measured process: to be profiled under its name, to be slowed down. */
export function prepareStart({ profiles, slowDownMicros }: BenchSettings, name: string): MeasuredStart {
  const profile = `${name}-${process.pid}-${++started}.cpuprofile`;
  const flags =
    profiles === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${path.resolve(profiles)}`, `--cpu-prof-name=${profile}`];
  if (slowDownMicros === 0) return { environment: process.env, flags };
  const environment = {
    ...process.env,
    NODE_OPTIONS: `--import ${slowDownFile.href}`,
    BENCH_SLOW_DOWN_MICROS: String(slowDownMicros),
  };
  return { environment, flags };
}
