import { readFileSync, writeFileSync } from 'node:fs';

/** Kernel ticks a second, by which processor time is counted on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Processor time that a process has used so far, all threads, in milliseconds (in steps of 10). */
export function readCpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name stands in brackets and may hold anything; the fields are counted behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return (ticks * 1000) / ticksPerSecond;
}

/** Memory that a process holds now, in MiB. */
export function readRssMiB(pid: number | 'self'): number {
  return readStatus(pid, 'VmRSS');
}

/** The most that it ever held since its start or `resetPeakRss`, in MiB. */
export function readPeakRssMiB(pid: number | 'self'): number {
  return readStatus(pid, 'VmHWM');
}

export function resetPeakRss(pid: number | 'self'): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function readStatus(pid: number | 'self', field: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  return Number(kibibytes) / 1024;
}
